"""A webhook body cut into envelopes: every kind is carried, and nothing that cannot be read holds back the rest."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.aws.queues import Entry
from auzap.channels.whatsapp import inbound
from auzap.channels.whatsapp.webhook import ACCOUNT_FIELDS, LARGEST_ELEMENT, Sorted, sort
from tests.unit import whatsapp_bodies as whatsapp
from tests.unit.whatsapp_bodies import ACCOUNT, BSUID, BUSINESS, RECEIVED_AT, WA_ID

# Whatever JSON can say, as Python reads it: numbers beyond a float and halves of surrogate pairs too.
ANY_TEXT = st.text(st.characters(), max_size=8)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


def sorted_body(*changes: Any) -> Sorted:
    return sort(whatsapp.body(*changes), received_at=RECEIVED_AT)


def envelope(entry: Entry) -> dict[str, Any]:
    return json.loads(entry["body"])


def only_inbound(*elements: Any, **value: Any) -> dict[str, Any]:
    (entry,) = sorted_body(whatsapp.change(messages=list(elements), **value)).inbound
    return envelope(entry)


def digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@pytest.mark.parametrize("element", whatsapp.every_message(), ids=lambda element: element["type"])
def test_every_kind_of_message_is_carried_whole(element: dict[str, Any]) -> None:
    found = sorted_body(whatsapp.change(contacts=[whatsapp.person()], messages=[element]))

    (entry,) = found.inbound
    assert envelope(entry) == {
        "v": 1,
        "channel": "whatsapp",
        "received_at": RECEIVED_AT,
        "account": ACCOUNT,
        "kind": "message",
        "id": element["id"],
        "element": element,
        "person": {"wa_id": WA_ID, "profile_name": "Célia"},
    }
    assert entry["group"] == digest(ACCOUNT, WA_ID)
    assert entry["deduplication"] == digest(ACCOUNT, element["id"], "message", "")
    assert (found.events, found.unreadable) == ([], [])


def test_a_kind_nobody_knows_yet_is_carried_too() -> None:
    assert only_inbound(whatsapp.message("hologram", {"id": "1"}))["element"]["type"] == "hologram"


@pytest.mark.parametrize("state", ["sent", "delivered", "read", "played", "failed", "invented"])
def test_a_status_goes_to_the_provider_events(state: str) -> None:
    element = whatsapp.status(state, biz_opaque_callback_data="outbox-id")

    found = sorted_body(whatsapp.change(statuses=[element]))

    (entry,) = found.events
    assert envelope(entry)["kind"] == "status"
    assert envelope(entry)["element"] == element
    assert entry["deduplication"] == digest(ACCOUNT, "wamid.sent", "status", state)
    assert (found.inbound, found.unreadable) == ([], [])


def test_the_states_of_one_message_are_in_one_group_and_are_not_duplicates() -> None:
    found = sorted_body(whatsapp.change(statuses=[whatsapp.status("delivered"), whatsapp.status("read")]))

    assert len({entry["group"] for entry in found.events}) == 1
    assert len({entry["deduplication"] for entry in found.events}) == 2


def test_an_echo_belongs_to_the_customer_it_was_written_to() -> None:
    (entry,) = sorted_body(whatsapp.change(field="smb_message_echoes", message_echoes=[whatsapp.echo()])).inbound

    assert envelope(entry)["kind"] == "echo"
    assert envelope(entry)["person"] == {"wa_id": WA_ID}
    assert entry["group"] == digest(ACCOUNT, WA_ID)


def test_a_message_and_its_echo_of_the_same_id_are_two() -> None:
    found = sorted_body(
        whatsapp.change(messages=[whatsapp.message(wamid="wamid.same")]),
        whatsapp.change(field="smb_message_echoes", message_echoes=[whatsapp.echo("wamid.same")]),
    )

    assert len({entry["deduplication"] for entry in found.inbound}) == 2


def test_what_is_said_in_a_group_is_no_talk_with_the_shop() -> None:
    element = whatsapp.message() | {"group_id": "120363025246125486"}

    found = sorted_body(whatsapp.change(messages=[element, whatsapp.message(wamid="wamid.alone")]))

    assert [envelope(entry)["id"] for entry in found.inbound] == ["wamid.alone"]
    assert found.unreadable == [("group", element)]


def history(*threads: Any, **more: Any) -> dict[str, Any]:
    return whatsapp.change(field="history", history=[{"metadata": {"phase": 1}, "threads": list(threads), **more}])


def test_every_message_of_the_history_is_in_its_customers_group() -> None:
    ours, theirs = whatsapp.echo("wamid.ours") | {"to": WA_ID}, whatsapp.message(wamid="wamid.theirs")
    named = {"id": WA_ID, "context": {"user_id": BSUID}, "messages": [theirs, ours]}
    hidden = {"id": "BR.77", "messages": [whatsapp.message(wamid="wamid.hidden")]}

    found = sorted_body(history(named, hidden))

    assert [envelope(entry)["kind"] for entry in found.inbound] == ["history"] * 3
    assert [envelope(entry)["person"] for entry in found.inbound] == [
        *[{"wa_id": WA_ID, "bsuid": BSUID}] * 2,
        {"bsuid": "BR.77"},
    ]
    assert [entry["group"] for entry in found.inbound] == [*[digest(ACCOUNT, BSUID)] * 2, digest(ACCOUNT, "BR.77")]
    assert found.unreadable == []


def test_a_photo_of_the_history_comes_by_itself() -> None:
    theirs = whatsapp.message("image", wamid="wamid.photo")
    ours = whatsapp.echo("wamid.ours")

    found = sorted_body(whatsapp.change(field="history", messages=[theirs, ours]))

    assert [envelope(entry)["person"] for entry in found.inbound] == [{"wa_id": WA_ID}] * 2
    assert [inbound.read(envelope(entry)).sender for entry in found.inbound] == ["customer", "staff"]


@pytest.mark.parametrize(
    ("chapter", "aside"),
    [
        ({"errors": [{"code": 2593109}]}, "chapter"),
        ({"threads": []}, "chapter"),
        (7, "chapter"),
        ({"threads": [{"id": WA_ID, "messages": []}]}, "thread"),
        ({"threads": [{"id": "", "messages": [whatsapp.message()]}]}, "thread"),
        ({"threads": [7]}, "thread"),
        ({"threads": [{"id": WA_ID, "messages": [7]}]}, "history"),
        ({"threads": [{"id": "x" * 161, "messages": [whatsapp.message()]}]}, "history"),
    ],
)
def test_a_piece_of_history_that_cannot_be_read_is_put_aside(chapter: Any, aside: str) -> None:
    found = sorted_body(whatsapp.change(field="history", history=[chapter]))

    assert found.inbound == []
    assert [kind for kind, _ in found.unreadable] == [aside]


@pytest.mark.parametrize("who", [{"wa_id": WA_ID}, {"user_id": BSUID}, {"wa_id": WA_ID, "user_id": BSUID}])
def test_what_a_person_wants_goes_to_the_provider_events(who: dict[str, str]) -> None:
    element = {**who, "category": "marketing_messages", "value": "stop", "timestamp": 1_795_233_600}

    first, again = (
        sorted_body(whatsapp.change(field="user_preferences", user_preferences=[element])) for _ in range(2)
    )

    (entry,) = first.events
    assert envelope(entry)["kind"] == "preference"
    assert envelope(entry)["element"] == element
    assert set(envelope(entry)["person"].values()) == set(who.values())
    assert entry == again.events[0]


@pytest.mark.parametrize(
    ("contact", "person"),
    [
        (
            {"phone_number": "+55 11 95555-0001", "full_name": "Célia do Thor"},
            {"wa_id": WA_ID, "name": "Célia do Thor"},
        ),
        ({"phone_number": WA_ID, "first_name": "Célia"}, {"wa_id": WA_ID, "name": "Célia"}),
        ({"phone_number": WA_ID}, {"wa_id": WA_ID}),
    ],
)
def test_a_card_of_the_address_book_goes_to_the_provider_events(
    contact: dict[str, str], person: dict[str, str]
) -> None:
    element = {"type": "contact", "contact": contact, "action": "add", "metadata": {"timestamp": "1795233600"}}

    (entry,) = sorted_body(whatsapp.change(field="smb_app_state_sync", state_sync=[element])).events

    assert (envelope(entry)["kind"], envelope(entry)["person"]) == ("card", person)


@pytest.mark.parametrize(
    ("field", "key", "kind"),
    [("user_preferences", "user_preferences", "preference"), ("smb_app_state_sync", "state_sync", "card")],
)
@pytest.mark.parametrize("element", [None, 7, {}, {"contact": 7}, {"wa_id": 7}, {"contact": {"phone_number": "Ana"}}])
def test_news_of_nobody_are_put_aside(field: str, key: str, kind: str, element: Any) -> None:
    found = sorted_body(whatsapp.change(field=field, **{key: [element]}))

    assert (found.events, found.unreadable) == ([], [(kind, element)])


@pytest.mark.parametrize("field", sorted(ACCOUNT_FIELDS))
def test_news_of_an_account_go_to_the_provider_events(field: str) -> None:
    found = sorted_body(whatsapp.account_change(field, event="ACCOUNT_RESTRICTION"))

    (entry,) = found.events
    known = envelope(entry)
    assert (known["kind"], known["business"], known["field"]) == ("account", BUSINESS, field)
    assert entry["group"] == digest(BUSINESS, BUSINESS)
    assert (found.inbound, found.unreadable) == ([], [])


def test_the_same_news_are_one_and_other_news_are_others() -> None:
    first, again, other = (
        sorted_body(whatsapp.account_change("account_alerts", number=number)).events[0]["deduplication"]
        for number in (1, 1, 2)
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("element", "contacts", "person", "grouped_by"),
    [
        # A BSUID says who it is, whatever the phone number.
        (
            {"from": WA_ID, "from_user_id": BSUID},
            [whatsapp.person(user_id=BSUID)],
            {"wa_id": WA_ID, "bsuid": BSUID, "profile_name": "Célia"},
            BSUID,
        ),
        # A customer with a username shows no phone number.
        (
            {"from": None, "from_user_id": BSUID},
            [{"profile": {"name": "Célia", "username": "celia.p"}, "user_id": BSUID}],
            {"bsuid": BSUID, "profile_name": "Célia", "username": "celia.p"},
            BSUID,
        ),
        ({"from": None, "from_user_id": BSUID}, [], {"bsuid": BSUID}, BSUID),
        # The BSUID may stand beside the message only.
        (
            {"from": WA_ID},
            [whatsapp.person(user_id=BSUID)],
            {"wa_id": WA_ID, "bsuid": BSUID, "profile_name": "Célia"},
            BSUID,
        ),
        # Of several people, the one who wrote.
        (
            {"from": WA_ID},
            [whatsapp.person(wa_id="5511955550777", user_id="BR.9"), whatsapp.person()],
            {"wa_id": WA_ID, "profile_name": "Célia"},
            WA_ID,
        ),
        ({"from": WA_ID}, [{"wa_id": "", "user_id": None, "profile": None}], {"wa_id": WA_ID}, WA_ID),
        # People that cannot be read take nothing from the message.
        ({"from": WA_ID}, [7, "x", None, {"profile": "x"}], {"wa_id": WA_ID}, WA_ID),
        ({"from": WA_ID}, {"wa_id": WA_ID}, {"wa_id": WA_ID}, WA_ID),
    ],
)
def test_who_wrote_is_known_by_every_identity_given(
    element: dict[str, Any], contacts: Any, person: dict[str, str], grouped_by: str
) -> None:
    (entry,) = sorted_body(whatsapp.change(contacts=contacts, messages=[whatsapp.message() | element])).inbound

    assert envelope(entry)["person"] == person
    assert entry["group"] == digest(ACCOUNT, grouped_by)


BAD_ELEMENTS: list[Any] = [
    None,
    7,
    "text",
    [],
    {},
    {"id": "wamid.bare"},
    whatsapp.message(wamid=""),
    whatsapp.message() | {"id": 12},
    whatsapp.message(wamid="wamid.\x00"),
    whatsapp.message(wamid="wamid.\udc00"),
    whatsapp.message() | {"timestamp": None},
    whatsapp.message() | {"timestamp": "yesterday"},
    whatsapp.message() | {"timestamp": "-5"},
    whatsapp.message() | {"timestamp": "1795233600\n"},
    whatsapp.message() | {"timestamp": "٣"},
    whatsapp.message() | {"timestamp": "9" * 5000},
    whatsapp.message() | {"timestamp": 1e308 * 10},
    whatsapp.message() | {"from": None},
    whatsapp.message() | {"from": 5511955550001},
    whatsapp.message() | {"from": "5" * 161},
    whatsapp.message("location", {"latitude": 1e308 * 10}),
    whatsapp.message("text", {"body": "x" * LARGEST_ELEMENT}),
]


@pytest.mark.parametrize("bad", BAD_ELEMENTS, ids=lambda bad: repr(bad)[:60])
def test_a_bad_element_is_put_aside_and_its_neighbours_go_on(bad: Any) -> None:
    good = [whatsapp.message(wamid="wamid.before"), whatsapp.message(wamid="wamid.after")]

    found = sorted_body(whatsapp.change(messages=[good[0], bad, good[1]], statuses=[whatsapp.status()]))

    assert [envelope(entry)["id"] for entry in found.inbound] == ["wamid.before", "wamid.after"]
    assert len(found.events) == 1
    assert [(kind, element) for kind, element in found.unreadable] == [("message", bad)]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        {},
        {"field": "messages"},
        {"field": ["messages"], "value": {}},
        {"field": "messages", "value": {"metadata": "x", "messages": [whatsapp.message()]}},
        whatsapp.change(account=None, messages=[whatsapp.message()]),
        whatsapp.change(account=106540352242922, messages=[whatsapp.message()]),
        whatsapp.change(account="١٢٣", messages=[whatsapp.message()]),
        whatsapp.change(account="", messages=[whatsapp.message()]),
        whatsapp.change(account="../etc", messages=[whatsapp.message()]),
        # News that only a later version of us will know.
        whatsapp.change(field="flows", event="FLOW_STATUS_CHANGE"),
        whatsapp.change(calls=[{"id": "1"}]),
        whatsapp.change(messages=[]),
    ],
    ids=lambda bad: repr(bad)[:60],
)
def test_a_bad_change_is_put_aside_and_its_neighbours_go_on(bad: Any) -> None:
    good = whatsapp.change(messages=[whatsapp.message()])

    found = sorted_body(good, bad, good)

    assert len(found.inbound) == 2
    assert found.unreadable == [("change", bad)]


@pytest.mark.parametrize("key", ["messages", "message_echoes", "statuses"])
@pytest.mark.parametrize("elements", [{"0": whatsapp.message()}, "text", 7, True])
def test_elements_that_are_no_list_are_put_aside_whole(key: str, elements: Any) -> None:
    found = sorted_body(whatsapp.change(**{key: elements}))

    assert (found.inbound, found.events) == ([], [])
    assert [element for _, element in found.unreadable] == [elements]


def test_errors_of_the_provider_are_kept_aside_beside_the_messages() -> None:
    errors = [{"code": 130429, "title": "Rate limit hit"}]

    found = sorted_body(whatsapp.change(messages=[whatsapp.message()], errors=errors))

    assert len(found.inbound) == 1
    assert found.unreadable == [("errors", errors)]


def test_news_of_an_account_without_a_name_are_put_aside() -> None:
    change = whatsapp.account_change("account_update", event="DISABLED_UPDATE")

    found = sort({"entry": [{"changes": [change]}]}, received_at=RECEIVED_AT)

    assert found.unreadable == [("change", change)]


@pytest.mark.parametrize(
    ("payload", "put_aside"),
    [
        (None, [("entry", None)]),
        ([], [("entry", [])]),
        ("entry", [("entry", "entry")]),
        ({}, [("entry", {})]),
        ({"entry": {}}, [("entry", {"entry": {}})]),
        ({"entry": [7, {"changes": 7}]}, [("changes", 7), ("changes", {"changes": 7})]),
        ({"entry": []}, []),
    ],
)
def test_a_body_of_another_shape_is_put_aside(payload: Any, put_aside: list[tuple[str, Any]]) -> None:
    found = sort(payload, received_at=RECEIVED_AT)

    assert (found.inbound, found.events, found.unreadable) == ([], [], put_aside)


def test_every_entry_and_change_of_a_batch_is_walked() -> None:
    changes = [
        whatsapp.change(
            messages=[whatsapp.message(wamid=f"wamid.{entry}.{change}.{number}") for number in range(3)],
            statuses=[whatsapp.status(wamid=f"wamid.{entry}.{change}.sent")],
        )
        for entry in range(3)
        for change in range(2)
    ]
    payload = {"entry": [{"id": BUSINESS, "changes": changes[at : at + 2]} for at in (0, 2, 4)]}

    found = sort(payload, received_at=RECEIVED_AT)

    assert len({entry["deduplication"] for entry in found.inbound}) == 18
    assert len({entry["deduplication"] for entry in found.events}) == 6


def test_text_that_has_no_utf8_form_travels_as_escapes() -> None:
    known = only_inbound(whatsapp.message("text", {"body": "oi \ud83d \x00"}))

    assert known["element"]["text"]["body"] == "oi \ud83d \x00"


def nested(levels: int, within: Any = 1) -> Any:
    deep = within
    for _ in range(levels):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    ("levels", "is_carried"), [(20, True), (90, True), (101, False), (900, False), (50_000, False)]
)
def test_what_is_nested_to_break_its_reader_is_put_aside(levels: int, is_carried: bool) -> None:
    message = whatsapp.message() | {"deep": nested(levels)}

    found = sorted_body(whatsapp.change(messages=[message, whatsapp.message(wamid="wamid.after")]))

    assert len(found.inbound) == 1 + is_carried
    assert len(found.unreadable) == 1 - is_carried


def test_many_brackets_are_no_depth() -> None:
    found = sorted_body(whatsapp.change(messages=[whatsapp.message("text", {"body": "[{" * 500})]))

    assert len(found.inbound) == 1


def test_what_json_reads_however_deep_is_sorted_without_an_exception() -> None:
    def body_of_depth(depth: int) -> str:
        deep = "[" * depth + "]" * depth
        return json.dumps(whatsapp.body(whatsapp.change(messages=[whatsapp.message() | {"deep": "?"}]))).replace(
            '"?"', deep
        )

    def deepest(readable: Callable[[int], bool]) -> int:
        low, high = 1, 200_000
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if readable(middle) else (low, middle)
        return low

    def is_readable(depth: int) -> bool:
        try:
            json.loads(body_of_depth(depth))
        except RecursionError:
            return False
        return True

    found = sort(json.loads(body_of_depth(deepest(is_readable))), received_at=RECEIVED_AT)

    assert len(found.inbound) + len(found.unreadable) == 1


@given(ANY_JSON)
def test_no_body_raises(payload: Any) -> None:
    found = sort(payload, received_at=RECEIVED_AT)

    if not (isinstance(payload, dict) and "entry" in payload):
        assert found.unreadable == [("entry", payload)]


GOOD_ELEMENTS = st.sampled_from([*whatsapp.every_message(), whatsapp.status(), whatsapp.echo()])
# A good element with one member replaced by anything.
DAMAGED = st.builds(
    lambda element, member, value: element | {member: value},
    GOOD_ELEMENTS,
    st.sampled_from(["id", "timestamp", "from", "to", "from_user_id", "type", "text", "status", "context"]),
    ANY_JSON,
)
ELEMENTS = st.lists(GOOD_ELEMENTS | DAMAGED | ANY_JSON, max_size=6)


@given(messages=ELEMENTS, echoes=ELEMENTS, statuses=ELEMENTS, contacts=ANY_JSON)
def test_every_element_becomes_an_entry_or_is_put_aside(
    messages: list[Any], echoes: list[Any], statuses: list[Any], contacts: Any
) -> None:
    found = sorted_body(whatsapp.change(contacts=contacts, messages=messages, message_echoes=echoes, statuses=statuses))

    aside = [kind for kind, _ in found.unreadable]
    if not messages and not echoes and not statuses:
        assert aside == ["change"]
        return
    kinds = [envelope(entry)["kind"] for entry in found.inbound]
    assert kinds.count("message") + aside.count("message") == len(messages)
    assert kinds.count("echo") + aside.count("echo") == len(echoes)
    assert len(found.events) + aside.count("status") == len(statuses)
    for entry in [*found.inbound, *found.events]:
        # SQS takes these bytes: they are plain ASCII, small enough, and JSON for any reader.
        assert entry["body"].isascii()
        assert len(entry["body"]) <= LARGEST_ELEMENT
        json.loads(entry["body"], parse_constant=pytest.fail)


@given(ELEMENTS)
def test_every_message_let_through_can_be_read_by_its_consumer(messages: list[Any]) -> None:
    found = sorted_body(whatsapp.change(messages=[whatsapp.message(), *messages]))

    for entry in found.inbound:
        read = inbound.read(envelope(entry))
        json.dumps(read.raw, ensure_ascii=False).encode()
        read.text.encode()
        read.reply_to.encode()
