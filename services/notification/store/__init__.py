"""Every SQL statement of notification, by topic.

Mails are locked by whoever looks at them and passed over by others; nobody waits for a mail while
holding one.
"""

from services.notification.store import copies, helping, lists, mails

__all__ = ["copies", "helping", "lists", "mails"]
