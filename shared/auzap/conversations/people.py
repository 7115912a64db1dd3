"""Who a message is from: one contact a person, whatever identities the message shows."""

from dataclasses import replace

from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations import merging
from auzap.conversations import people_queries as queries
from auzap.conversations.people_queries import Identities, Named
from auzap.db.connection import Tx
from auzap.ids import ContactId


def introduce(tx: Tx, message: InboundMessage) -> None:
    """The contact and its identities, as far as they are missing; nothing where the identities are of several contacts.

    A batch may do this: nothing is read.
    """
    queries.lock_names(tx, message.identities)
    _make(tx, message)


def settle(tx: Tx, message: InboundMessage) -> InboundMessage:
    """One contact for all identities of a message, however many there were."""
    queries.lock_names(tx, message.identities)
    while len(named := queries.named(tx, message.identities)) > 1:
        first, second, *_ = named
        if first.is_complete and second.is_complete:
            # Each is a whole person: the better proof decides, and the number has changed hands.
            queries.take_over(tx, first.id, message.identities)
        else:
            _merge(tx, first, second, "same_person")
    _make(tx, message)
    return message


def rename(tx: Tx, message: InboundMessage) -> InboundMessage:
    """The provider announces who this person is from now on; the message as that person's."""
    queries.lock_names(tx, message.identities, message.becomes)
    settle(tx, message)
    while others := [other for other in queries.named(tx, message.becomes) if other.id != _writer(tx, message).id]:
        other = others[0]
        if not _is_same_account(other, message.becomes):
            break
        _merge(tx, _writer(tx, message), other, "number_changed")
    kept = _writer(tx, message).id
    queries.take_over(tx, kept, message.becomes)
    queries.reply_from_now_on(tx, kept, message.identities, message.becomes)
    if "wa_id" in message.becomes:
        queries.give_up_number(tx, kept, message.identities, message.becomes)
    return replace(message, identities=message.identities | message.becomes)


def _make(tx: Tx, message: InboundMessage) -> None:
    queries.make_contact(
        tx,
        message.identities,
        profile_name=message.profile_name,
        username=message.username,
        unless_stored=(message.account, message.provider_id),
    )


def _writer(tx: Tx, message: InboundMessage) -> Named:
    return queries.named(tx, message.identities)[0]


def _is_same_account(other: Named, becomes: Identities) -> bool:
    """Known by the new BSUID, or by nothing that speaks against it: a number alone may be from its last owner."""
    return other.rank == queries.BY_BSUID or "bsuid" not in becomes or not other.has_bsuid


def _merge(tx: Tx, one: Named, other: Named, reason: merging.Reason) -> ContactId:
    older, younger = sorted((one.id, other.id))
    merging.merge(tx, older, younger, reason)
    return older
