"""The apps that people log in to."""

from chassis.database import Connection, maybe_struct
from services.identity.domain.clients import Client


async def get_client(connection: Connection, client_id: str) -> Client | None:
    """One app."""
    record = await connection.fetchrow(
        """
        SELECT client_id, name, kind, redirect_uris, post_logout_redirect_uris
        FROM client WHERE client_id = $1
        """,
        client_id,
    )
    return maybe_struct(Client, record)


async def save_client(tx: Connection, client: Client) -> bool:
    """Insert or replace an app; False where that changes nothing."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO client (client_id, name, kind, redirect_uris, post_logout_redirect_uris)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (client_id) DO UPDATE SET
                name = excluded.name, kind = excluded.kind, redirect_uris = excluded.redirect_uris,
                post_logout_redirect_uris = excluded.post_logout_redirect_uris
            WHERE (client.name, client.kind, client.redirect_uris, client.post_logout_redirect_uris)
                IS DISTINCT FROM
                  (excluded.name, excluded.kind, excluded.redirect_uris, excluded.post_logout_redirect_uris)
            RETURNING true
            """,
            client.client_id,
            client.name,
            client.kind,
            client.redirect_uris,
            client.post_logout_redirect_uris,
        )
    )
