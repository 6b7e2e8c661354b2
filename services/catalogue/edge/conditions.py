"""Cancellation policies and terms, to be read before one accepts them (A21)."""

from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import ANYONE
from chassis.http.conditional import conditional
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.catalogue import CancellationPolicy, Kept, PolicyStep, Terms
from contracts.fact import Language, Translated
from services.catalogue import store
from services.catalogue.edge.reading import IMMUTABLE
from services.catalogue.parts import Parts


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a cancellation policy: the words that people accept, and the rule that is applied."""

    policy_id: UUID
    version: int
    name: str
    text: str
    texts: Translated
    """Both texts: `text_hash` is the SHA-256 of the Dutch one, a zero byte and the English one."""
    text_hash: str
    steps: tuple[PolicyStep, ...]
    kept_with_medical_proof: Kept | None
    kept_when_switching: Kept | None
    dropped_session_pro_rata: bool


class TermsView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the general terms."""

    terms_id: UUID
    version: int
    text: str
    texts: Translated
    """Both texts: `text_hash` is the SHA-256 of the Dutch one, a zero byte and the English one."""
    text_hash: str


@get("/v1/policies", access=ANYONE)
async def list_policies(
    request: AnyRequest, parts: NamedDependency[Parts], language: NamedDependency[Language]
) -> Response[list[PolicyView]]:
    """Every policy, in the version that holds for whoever enrols now."""
    async with parts.db.reading() as connection:
        policies = await store.conditions.list_policies(connection)
    return conditional(request, [_policy_view(each, language) for each in policies])


@get("/v1/policies/{policy_id:uuid}/versions/{version:int}", access=ANYONE)
async def get_policy(
    request: AnyRequest,
    policy_id: FromPath[UUID],
    version: FromPath[int],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[PolicyView]:
    """One version of a policy. It never changes."""
    async with parts.db.reading() as connection:
        policy = await store.conditions.get_policy(connection, policy_id, version)
    if policy is None:
        raise NOT_FOUND()
    return conditional(request, _policy_view(policy, language), cache=IMMUTABLE)


@get("/v1/terms", access=ANYONE)
async def list_terms(
    request: AnyRequest, parts: NamedDependency[Parts], language: NamedDependency[Language]
) -> Response[list[TermsView]]:
    """All terms, in the version that holds for whoever enrols now."""
    async with parts.db.reading() as connection:
        terms = await store.conditions.list_terms(connection)
    return conditional(request, [_terms_view(each, language) for each in terms])


@get("/v1/terms/{terms_id:uuid}/versions/{version:int}", access=ANYONE)
async def get_terms(
    request: AnyRequest,
    terms_id: FromPath[UUID],
    version: FromPath[int],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[TermsView]:
    """One version of terms. It never changes."""
    async with parts.db.reading() as connection:
        terms = await store.conditions.get_terms_version(connection, terms_id, version)
    if terms is None:
        raise NOT_FOUND()
    return conditional(request, _terms_view(terms, language), cache=IMMUTABLE)


def _policy_view(policy: CancellationPolicy, language: Language) -> PolicyView:
    return PolicyView(
        policy_id=policy.policy_id,
        version=policy.version,
        name=policy.name.in_language(language),
        text=policy.text.in_language(language),
        texts=policy.text,
        text_hash=policy.text_hash,
        steps=policy.steps,
        kept_with_medical_proof=policy.kept_with_medical_proof,
        kept_when_switching=policy.kept_when_switching,
        dropped_session_pro_rata=policy.dropped_session_pro_rata,
    )


def _terms_view(terms: Terms, language: Language) -> TermsView:
    return TermsView(
        terms_id=terms.terms_id,
        version=terms.version,
        text=terms.text.in_language(language),
        texts=terms.text,
        text_hash=terms.text_hash,
    )


ROUTES = [list_policies, get_policy, list_terms, get_terms]
