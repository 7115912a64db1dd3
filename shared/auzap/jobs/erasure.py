"""A person is forgotten: first nobody reaches them any more, then all that is theirs goes, and last what the trail says of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auzap import texts
from auzap.customers import profiles
from auzap.db.connection import Tx
from auzap.ids import ContactId
from auzap.jobs import asking, files
from auzap.jobs.asking import Job
from auzap.jobs.working import Impossible, Work

ROWS_AT_ONCE = 500
TRAIL_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """By what a person's traces are found once the rows that lead to them are gone."""

    # Of the person, whoever was merged into them, and their conversations, pets, stays and plans.
    ids: list[str]
    # Telephones and names by which channels reach them.
    reached: list[str]


def ask(tx: Tx, contact_id: ContactId) -> Job:
    profiles.expect(tx, contact_id)
    return asking.begin(tx, "erasure", contact_id)


def step(work: Work) -> bool:
    """Files are named in the place of the job by the transaction that forgets them, and dropped before anything else."""
    place = work.job.place
    if dropped := place.get("files"):
        for key in dropped:
            work.bucket.drop(key)
    person = ContactId(work.job.subject)
    with work.transaction() as tx:
        match place.get("stage"):
            case None:
                work.keep(tx, {"stage": "talk", **_detach(tx, person)})
            case "talk":
                _erase_talk(tx, work, person)
            case "records":
                _erase_records(tx, work, person)
            case "trail":
                _erase_trail(tx, work)
            case _ if _is_there_more(tx, person):
                # A message that was being recorded when the person was let go.
                work.keep(tx, _at("talk", place))
            case _:
                work.finish(tx)
                tx.execute("UPDATE jobs SET place = '{}' WHERE kind = 'erasure' AND subject = %s", [person])
                return False
    return True


def _at(stage: str, place: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"stage": stage, "ids": place["ids"], "reached": place["reached"], **more}


def _detach(tx: Tx, person: ContactId) -> dict[str, Any]:
    """From the commit on no turn and no sender has them, and whoever writes from their number is somebody new."""
    tx.execute("SELECT 1 FROM conversations WHERE contact_id = %s ORDER BY id FOR UPDATE", [person]).fetchall()
    if tx.execute("SELECT 1 FROM contacts WHERE id = %s FOR UPDATE", [person]).rowcount == 0:
        raise Impossible("unknown_contact")
    known = _known(tx, person)
    tx.execute(
        """
        UPDATE turns t SET state = 'dropped', finished_at = app.now() FROM conversations c
        WHERE c.contact_id = %s AND t.conversation_id = c.id AND t.state = 'running'
        """,
        [person],
    )
    tx.execute(
        """
        UPDATE outbox o SET state = 'cancelled' FROM conversations c
        WHERE c.contact_id = %s AND o.conversation_id = c.id AND o.state IN ('queued', 'held', 'sending')
        """,
        [person],
    )
    tx.execute(
        """
        UPDATE conversations SET state = 'closed', closed_reason = 'erased', fence = fence + 1, lease_token = NULL,
          lease_until = NULL, answer_at = NULL, unread_count = 0 WHERE contact_id = %s
        """,
        [person],
    )
    tx.execute("DELETE FROM contact_identities WHERE contact_id = %s", [person])
    tx.execute("UPDATE contacts SET phone = NULL WHERE id = %s", [person])
    return {"ids": known.ids, "reached": known.reached}


def _known(tx: Tx, person: ContactId) -> Known:
    (known,) = tx.rows(
        Known,
        """
        WITH RECURSIVE people AS (
          SELECT %(person)s::uuid AS id UNION SELECT m.merged_id FROM contact_merges m JOIN people p ON m.kept_id = p.id
        )
        SELECT ARRAY(
          SELECT id::text FROM people
          UNION SELECT jsonb_array_elements_text(place -> 'ids') FROM jobs WHERE kind = 'erasure' AND subject = %(person)s
          UNION SELECT id::text FROM conversations WHERE contact_id = %(person)s
          UNION SELECT id::text FROM pets WHERE contact_id = %(person)s
          UNION SELECT id::text FROM stays WHERE contact_id = %(person)s
          UNION SELECT id::text FROM training_plans WHERE contact_id = %(person)s) AS ids,
        ARRAY(
          SELECT value FROM contact_identities WHERE contact_id = %(person)s
          UNION SELECT phone FROM contacts WHERE id = %(person)s AND phone IS NOT NULL
          UNION SELECT ltrim(phone, '+') FROM contacts WHERE id = %(person)s AND phone IS NOT NULL
          -- Known to an attempt that came to nothing, and to no row any more.
          UNION SELECT jsonb_array_elements_text(place -> 'reached') FROM jobs WHERE kind = 'erasure' AND subject = %(person)s
        ) AS reached
        """,
        {"person": person},
    ).fetchall()
    return known


def _erase_talk(tx: Tx, work: Work, person: UUID) -> None:
    ((erased, keys),) = tx.execute(
        "SELECT erased, object_keys FROM app.erase_talk(%s, %s)", [person, ROWS_AT_ONCE]
    ).fetchall()
    stage = "talk" if erased else "records"
    work.keep(tx, _at(stage, work.job.place, files=keys), more=erased)


def _erase_records(tx: Tx, work: Work, person: UUID) -> None:
    """With every file that was made of them, also where others are in it: those are made again."""
    place = work.job.place
    (locale,) = tx.execute("SELECT locale FROM organization_settings").fetchall()
    tx.execute(
        "SELECT app.erase_records(%s, %s, %s, %s)",
        [person, place["ids"], place["reached"], texts.ERASED[locale[0]]],
    )
    work.keep(tx, _at("trail", place, files=_forgotten_exports(tx, person)))


def _forgotten_exports(tx: Tx, person: UUID) -> list[str]:
    """A table of all customers that is being made begins anew, without them; what was made is gone."""
    asking.call_off(tx, "data_export", person)
    rows = tx.execute(
        """
        UPDATE jobs SET object_key = NULL, place = '{}', lease_until = NULL,
          done = CASE WHEN finished_at IS NULL THEN 0 ELSE done END
        WHERE (kind = 'contact_export' OR kind = 'data_export' AND subject = %s) AND (object_key IS NOT NULL OR place <> '{}')
        RETURNING OLD.object_key, OLD.place
        """,
        [person],
    ).fetchall()
    return [name for key, place in rows for name in (*files.kept_in(place), key) if name]


def _erase_trail(tx: Tx, work: Work) -> None:
    """After all else: what was erased was written into it too."""
    place = work.job.place
    ((seen, last),) = tx.execute(
        "SELECT seen, last_id FROM app.erase_trail(%s, %s, %s)", [place["ids"], place.get("since"), TRAIL_AT_ONCE]
    ).fetchall()
    stage = "trail" if seen == TRAIL_AT_ONCE else "end"
    work.keep(tx, _at(stage, place, since=str(last) if last else None))


def _is_there_more(tx: Tx, person: ContactId) -> bool:
    """Under the locks of whoever would write there."""
    tx.execute("SELECT 1 FROM conversations WHERE contact_id = %s ORDER BY id FOR UPDATE", [person]).fetchall()
    ((is_there,),) = tx.execute(
        """
        SELECT EXISTS (
          SELECT FROM conversations c WHERE c.contact_id = %(person)s AND (c.state <> 'closed' OR EXISTS (
            SELECT FROM messages m WHERE m.conversation_id = c.id)))
        """,
        {"person": person},
    ).fetchall()
    return is_there
