"""A file of customers, carried out: begun and called off by people, worked off in batches."""

from auzap.customers import importing
from auzap.db.connection import Tx
from auzap.ids import ImportId
from auzap.jobs import asking
from auzap.jobs.asking import Job
from auzap.jobs.working import Impossible, Work


def start(tx: Tx, import_id: ImportId) -> Job:
    """From now on its rows are carried out. Asked for again it is the same work; where that has failed, it goes on."""
    return asking.begin(tx, "contact_import", import_id, total=importing.start(tx, import_id))


def cancel(tx: Tx, import_id: ImportId) -> None:
    """What was carried out stays; the rest is not done any more."""
    importing.cancel(tx, import_id)
    asking.call_off(tx, "contact_import", import_id)


def step(work: Work) -> bool:
    with work.transaction() as tx:
        try:
            batch = importing.run_batch(tx, ImportId(work.job.subject))
        except importing.UnknownImport:
            raise Impossible("unknown_import") from None
        if batch.is_last:
            work.finish(tx, more=batch.rows)
        else:
            work.keep(tx, {}, more=batch.rows)
    return not batch.is_last
