"""Every SQL statement of the catalogue, by topic.

Whoever changes offerings locks their course first (`courses.lock_courses`, in order of id), and
reads afterwards: so what is read is what is changed, and facts about an offering leave in order.
"""

from services.catalogue.store import conditions, courses, files, offerings, overview, programmes

__all__ = ["conditions", "courses", "files", "offerings", "overview", "programmes"]
