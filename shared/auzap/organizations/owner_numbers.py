"""The telephones from which the shop's owners speak with their own agent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auzap.db.connection import Tx
from auzap.db.constraints import refused
from auzap.errors import Refusal
from auzap.organizations.settings import UnfitPhone, written_phone
from auzap.phone import spellings


@dataclass(frozen=True, slots=True)
class OwnerNumber:
    phone: str
    name: str
    # The first to be written to, where there are several.
    is_primary: bool = False
    is_active: bool = True


class SamePhone(Refusal):
    def __init__(self) -> None:
        super().__init__("The same telephone stands there twice. Take one away.")


class OnePrimary(Refusal):
    def __init__(self) -> None:
        super().__init__("Exactly one active number is the first to be written to. Choose one.")


def numbers(tx: Tx) -> list[OwnerNumber]:
    return tx.rows(
        OwnerNumber,
        "SELECT phone, name, is_primary, is_active FROM authorized_owner_numbers ORDER BY is_primary DESC, name, phone",
    ).fetchall()


def set_numbers(tx: Tx, wanted: Sequence[OwnerNumber]) -> None:
    """All of them: who is not named speaks as a customer from now on."""
    given = [replace(number, phone=written_phone(number.phone)) for number in wanted]
    if len({min(spellings(number.phone.removeprefix("+"))) for number in given}) < len(given):
        raise SamePhone
    active = [number for number in given if number.is_active]
    if active and sum(number.is_primary for number in active) != 1:
        raise OnePrimary
    with refused(tx, unfit=UnfitPhone):
        tx.execute(
            """
            MERGE INTO authorized_owner_numbers o
            USING unnest(%s::text[], %s::text[], %s::boolean[], %s::boolean[]) AS n (phone, name, is_primary, is_active)
              ON o.phone = n.phone
            WHEN MATCHED AND (o.name, o.is_primary, o.is_active) IS DISTINCT FROM (n.name, n.is_primary, n.is_active)
              THEN UPDATE SET name = n.name, is_primary = n.is_primary, is_active = n.is_active
            WHEN NOT MATCHED BY TARGET
              THEN INSERT (phone, name, is_primary, is_active) VALUES (n.phone, n.name, n.is_primary, n.is_active)
            WHEN NOT MATCHED BY SOURCE THEN DELETE
            """,
            [
                [number.phone for number in given],
                [number.name for number in given],
                # One that is put away is nobody's first.
                [number.is_primary and number.is_active for number in given],
                [number.is_active for number in given],
            ],
        )
    # Who waited as a customer is in nobody's inbox any more: the clock gives them to their own agent.
    tx.execute(
        """
        UPDATE conversations SET returns_at = app.now()
        WHERE state IN ('waiting_human', 'human') AND contact_id = ANY ((SELECT app.owner_contacts())::uuid[])
        """
    )
