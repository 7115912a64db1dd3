"""What the client agent of a shop is told and given."""

import json

import pytest

from auzap.agent.client_agent import CLIENT_AGENT, OFFERS, TOOLS_OF, client_agent


def test_a_shop_pays_in_each_turn_only_for_the_tools_it_has_a_use_for() -> None:
    plain, whole = client_agent(frozenset()), client_agent(frozenset(OFFERS))

    assert len(whole.tools) - len(plain.tools) == sum(len(functions) for functions in TOOLS_OF.values())
    assert len(json.dumps(plain.schemas)) < 0.8 * len(json.dumps(whole.schemas))
    assert whole is CLIENT_AGENT


@pytest.mark.parametrize("offer", OFFERS)
def test_what_a_shop_has_is_in_its_agents_rules_and_tools(offer: str) -> None:
    agent = client_agent(frozenset({offer}))

    assert OFFERS[offer] in agent.rules
    assert {function.__name__ for function in TOOLS_OF[offer]} <= agent.tools.keys()
    for other in OFFERS.keys() - {offer}:
        assert not {function.__name__ for function in TOOLS_OF[other]} & agent.tools.keys()


def test_a_binding_act_that_was_proposed_is_done_whatever_the_shop_has_by_now() -> None:
    assert client_agent(frozenset()).acts == CLIENT_AGENT.acts
