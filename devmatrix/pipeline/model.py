"""Which model the installation talks to, as its settings say."""

from django.conf import settings

from devmatrix.llm import GatewayConfig
from devmatrix.llm.prices import prices_from_json


def gateway_config() -> GatewayConfig:
    """Return the gateway's configuration; with neither key nor address the gateway refuses.

    Raises PriceError for prices that cannot be read.
    """
    return GatewayConfig(
        api_key=settings.DEVMATRIX["ANTHROPIC_API_KEY"],
        base_url=settings.DEVMATRIX["ANTHROPIC_BASE_URL"] or None,
        model=settings.DEVMATRIX["MODEL"],
        stronger_model=settings.DEVMATRIX["STRONGER_MODEL"] or None,
        prices=prices_from_json(settings.DEVMATRIX["PRICES"]),
        max_connections=settings.DEVMATRIX["IN_FLIGHT"] + 28,
    )
