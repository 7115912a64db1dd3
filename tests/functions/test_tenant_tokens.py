"""The providers' tokens of the shops: each opens for its own shop alone, whatever is exchanged in the database."""

from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from auzap.aws.client import AwsClient, AwsError
from auzap.channels import credentials
from auzap.ids import OrganizationId
from tests.functions.house import Installation

TOKEN = "EAA-of-one-shop"


@pytest.fixture
def kms(installation: Installation) -> AwsClient:
    return AwsClient("kms", region="sa-east-1", endpoint=installation.aws.url)


def data_key(installation: Installation, shop: OrganizationId) -> tuple[bytes, bytes]:
    """As it works, and as it is kept."""
    made: dict[str, Any] = installation.clients["kms"].generate_data_key(
        KeyId=installation.master_key, KeySpec="AES_256", EncryptionContext={"organization_id": str(shop)}
    )
    return made["Plaintext"], made["CiphertextBlob"]


def test_a_token_opens_for_its_shop(installation: Installation, kms: AwsClient) -> None:
    shop = OrganizationId(uuid4())
    key, wrapped = data_key(installation, shop)
    sealed = credentials.sealed(key, shop, TOKEN)

    assert credentials.opened(kms, shop, wrapped_key=wrapped, sealed=sealed) == TOKEN


def test_a_shops_key_is_unwrapped_for_no_other(installation: Installation, kms: AwsClient) -> None:
    shop, other = OrganizationId(uuid4()), OrganizationId(uuid4())
    key, wrapped = data_key(installation, shop)
    sealed = credentials.sealed(key, shop, TOKEN)

    with pytest.raises(AwsError):
        credentials.opened(kms, other, wrapped_key=wrapped, sealed=sealed)


def test_a_token_that_was_moved_to_another_shop_opens_there_neither(installation: Installation, kms: AwsClient) -> None:
    shop, other = OrganizationId(uuid4()), OrganizationId(uuid4())
    key, _ = data_key(installation, shop)
    other_key, other_wrapped = data_key(installation, other)

    for sealed in (credentials.sealed(key, shop, TOKEN), credentials.sealed(other_key, shop, TOKEN)):
        with pytest.raises(InvalidTag):
            credentials.opened(kms, other, wrapped_key=other_wrapped, sealed=sealed)
