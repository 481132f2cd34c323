from __future__ import annotations

from config.place import Place
from constructs_lib.audit import key_use
from constructs_lib.security.key import CustomerKey
from tests.support.synthesised import Template, template

ACCOUNT = "123456789012"
PLACE = Place(ACCOUNT, "eu-central-1", "aws")
TRAIL = f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/main"


def test_only_the_trail_uses_the_key_and_in_a_bucket_with_a_bucket_key_too() -> None:
    encrypts, describes = key_use.encrypt_trail(TRAIL)
    source = ("StringEquals", "aws:SourceArn", (TRAIL,))
    assert encrypts.actions == ("kms:Decrypt", "kms:GenerateDataKey*")
    assert encrypts.conditions == (source,)
    assert (describes.actions, describes.conditions) == (("kms:DescribeKey",), (source,))
    assert encrypts.principals == describes.principals == {"Service": ("cloudtrail.amazonaws.com",)}


def test_the_recorder_encrypts_for_its_account() -> None:
    statement = key_use.encrypt_configuration_history(ACCOUNT)
    assert statement.principals == {"Service": ("config.amazonaws.com",)}
    assert statement.actions == ("kms:Decrypt", "kms:GenerateDataKey*")
    assert statement.conditions == (("StringEquals", "aws:SourceAccount", (ACCOUNT,)),)


def test_publishers_are_bound_to_topics_because_they_send_no_source_account() -> None:
    statement = key_use.publish_to_topics(("events.amazonaws.com",), PLACE)
    assert statement.principals == {"Service": ("events.amazonaws.com",)}
    assert statement.conditions == (
        ("ArnLike", "kms:EncryptionContext:aws:sns:topicArn", (f"arn:aws:sns:eu-central-1:{ACCOUNT}:*",)),
    )


def test_a_key_gets_them_beside_its_own() -> None:
    def key(*, extra: bool) -> Template:
        return template(
            lambda scope: CustomerKey(
                scope,
                "key",
                alias="audit",
                description="Evidence",
                place=PLACE,
                statements=(key_use.encrypt_configuration_history(ACCOUNT),) if extra else (),
            )
        )

    with_extra, plain = (key(extra=extra).statements("key/policy") for extra in (True, False))
    assert set(with_extra) - set(plain) == {"RecorderEncrypts"}
    assert "AccountAdministers" in plain
