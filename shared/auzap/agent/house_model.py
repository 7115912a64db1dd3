"""The language model that the settings name, with the house's key."""

import functools

from auzap import runtime
from auzap.agent.model import Model


def house_model() -> Model:
    return _kept(runtime.secret(runtime.settings().model_secret)["api_key"])


@functools.lru_cache(maxsize=1)
def _kept(api_key: str) -> Model:
    """Kept by the sandbox, so that its breaker remembers; a rotated key makes a new one."""
    settings = runtime.settings()
    names = [name for name in (settings.model_name, settings.model_fallback_name) if name]
    return Model(settings.model_base_url, api_key, names, embeddings=settings.model_embeddings_name)
