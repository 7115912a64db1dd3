"""What is wrong with a run: in what is stored, in what was said, and in how it ended. Nothing wrong is a pass."""

import re
from collections.abc import Sequence

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.language import language_of
from tests.evals import stored
from tests.evals.phones import matches
from tests.evals.running import Run, shop_of

AMOUNT = re.compile(r"R\$\s?(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{2}))?")
# A line of a tool's result, handed on as it is.
HANDLE = re.compile(r"(?m)^[a-z]\d{1,3} \|")


def problems(run: Run) -> list[str]:
    return [
        *(f"trouble: {trouble}" for trouble in run.troubles),
        *_rows(run),
        *_said(run),
        *_figures(run),
        *_manners(run),
        *_ending(run),
    ]


def _rows(run: Run) -> list[str]:
    found: list[str] = []
    new = stored.new_lines(run.before, run.after)
    for kind, patterns in run.scenario.then.rows.items():
        lines, unmatched = list(new[kind]), []
        for pattern in patterns:
            fitting = next((line for line in lines if matches(pattern, line)), None)
            if fitting is None:
                unmatched.append(pattern)
            else:
                lines.remove(fitting)
        found += [f"{kind}: nothing like {pattern!r} among {new[kind]}" for pattern in unmatched]
        if kind in stored.BINDING or not patterns:
            found += [f"{kind}: {line!r} should not be there" for line in lines]
    for kind in stored.BINDING - run.scenario.then.rows.keys():
        found += [f"{kind}: {line!r} was not to change" for line in new[kind]]
    return found


def _said(run: Run) -> list[str]:
    then, replies = run.scenario.then, run.replies
    missing = [pattern for pattern in then.says if not any(matches(pattern, reply) for reply in replies)]
    wrong = [(pattern, reply) for pattern in then.never for reply in replies if matches(pattern, reply)]
    return [
        *(f"no reply says {pattern!r}" for pattern in missing),
        *(f"a reply says {pattern!r}: {reply!r}" for pattern, reply in wrong),
    ]


def _figures(run: Run) -> list[str]:
    """Prices are the catalogue's, or totals that the server told; the customer's own are no news."""
    customers = " ".join(said.text for said in run.transcript if not said.by.startswith("shop to "))
    known = run.prices | _amounts(run.told_amounts) | _amounts(customers)
    return [
        f"an invented price, {amount} centavos: {reply!r}"
        for reply in run.replies
        for amount in sorted(_amounts(reply) - known)
    ]


def _amounts(text: str) -> set[int]:
    return {int(found[1].replace(".", "")) * 100 + int(found[2] or 0) for found in AMOUNT.finditer(text)}


def _manners(run: Run) -> list[str]:
    scenario, found = run.scenario, list[str]()
    for exchange in run.exchanges:
        if exchange.by == scenario.who and len(exchange.replies) > scenario.then.most_replies:
            found.append(f"{len(exchange.replies)} messages in answer to one")
    for reply in run.replies:
        if (language := language_of([reply])) not in {None, scenario.then.language}:
            found.append(f"a reply in another language ({language}): {reply!r}")
        if HANDLE.search(reply) or any(name in reply for name in CLIENT_AGENT.tools if "_" in name):
            found.append(f"a reply that shows the inside of the house: {reply!r}")
    if not any(shop_of(scenario.who) == said.by for said in run.transcript):
        found.append("the customer was never answered")
    return found


def _ending(run: Run) -> list[str]:
    then, found = run.scenario.then, list[str]()
    if run.holder not in then.holder:
        found.append(f"the conversation is held by {run.holder}, not by {' or '.join(then.holder)}")
    if len(run.refused) > then.most_refused:
        found.append(f"refused {len(run.refused)} times: {_some(run.refused)}")
    if run.unanswered:
        found.append(f"{run.unanswered} messages were left without an answer")
    return found


def _some(told: Sequence[str]) -> str:
    return "; ".join(told[:4])
