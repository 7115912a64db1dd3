"""A conversation at hand: what is remembered of it, and the shop's tools."""

from dataclasses import dataclass

from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import Context
from local.street.offline_model.desk import Desk
from local.street.offline_model.memory import Memory
from local.street.offline_model.wishes import Wishes
from local.street.offline_model.wording import Reply, say


@dataclass(frozen=True)
class Talk:
    context: Context
    memory: Memory
    desk: Desk

    @property
    def wishes(self) -> Wishes:
        return self.memory.wishes

    def present(self, act: Act) -> Reply:
        """A reply in which the assistant says whose it is."""
        return say(
            act,
            salute=salute(self.context.hour),
            customer=f", {self.context.customer.split()[0]}" if self.context.customer else "",
            agent=f"{self.context.agent}, " if self.context.agent else "",
            of_shop=f" da {self.context.shop}" if self.context.shop else "",
        )

    def hand_over(self, reason: str, reply: Reply) -> Reply:
        if self.desk.has("hand_over"):
            self.desk.use("hand_over", reason=reason)
        return reply


def salute(hour: int | None) -> str:
    if hour is None:
        return "Oi"
    return "Bom dia" if 5 <= hour < 12 else "Boa tarde" if 12 <= hour < 18 else "Boa noite"
