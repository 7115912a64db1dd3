"""What nobody has read in the centre for a while goes by mail to whoever wants that."""

from datetime import timedelta

from auzap.db.connection import Database
from auzap.ids import OrganizationId
from auzap.notifications.kinds import MAILED, MAILED_TO, WAITING

ACTOR = "clock"
# Who sits at the panel reads it there.
PATIENCE = timedelta(minutes=10)
# Longer than two looks of the clock, should one be missed; what is older was mailed, or is no news.
UNTIL = timedelta(minutes=25)


def write(database: Database, organization_id: OrganizationId) -> int:
    """How many mails wait now that did not. Their hour is the notification's, so that a second look writes none anew."""
    with database.transaction(organization_id, ACTOR) as tx:
        return tx.execute(
            """
            INSERT INTO mails (kind, address, locale, content, once_key)
            SELECT 'notice', r.email, r.locale,
              jsonb_build_object('name', r.name, 'shop', s.shop_name, 'notice', n.kind, 'detail', n.detail,
                'conversation_id', n.conversation_id),
              concat_ws(':', 'notice', r.user_id, n.kind, to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24'))
            FROM notifications n CROSS JOIN organization_settings s
            JOIN app.readers() r ON r.user_id::text = coalesce(n.detail ->> 'user_id', r.user_id::text)
            LEFT JOIN notification_preferences p ON p.user_id = r.user_id AND p.kind = n.kind
            LEFT JOIN conversations c ON c.id = n.conversation_id
            WHERE n.read_at IS NULL AND n.archived_at IS NULL AND n.level <> 'success'
              AND n.created_at <= app.now() - %(patience)s AND n.created_at > app.now() - %(until)s
              AND coalesce(p.by_mail, n.kind = ANY (%(mailed)s) AND r.role = ANY (%(mailed_to)s))
              AND (n.kind <> ALL (%(waiting)s) OR coalesce(c.state, 'waiting_human') = 'waiting_human')
            ORDER BY n.id
            ON CONFLICT (organization_id, once_key) DO NOTHING
            """,
            {
                "patience": PATIENCE,
                "until": UNTIL,
                "mailed": sorted(MAILED),
                "mailed_to": list(MAILED_TO),
                "waiting": sorted(WAITING),
            },
        ).rowcount
