"""Buckets that AWS services write logs to."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Condition, Statement, from_account
from constructs_lib.storage.bucket import Bucket


@dataclass(frozen=True)
class LogStorage:
    """A bucket's settings where it keeps logs or evidence, whose objects go after `retention_days`.

    `access_logs_bucket` records who reads them (CIS 3.4): a bucket of the same region, None only where there is none.
    """

    bucket_name: str
    kms_key_arn: str
    retention_days: int
    access_logs_bucket: str | None
    protected: bool = True


class AccessLogBuckets(Construct):
    """S3 server access logs and ALB access logs, one bucket a writer; both support S3-managed keys only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        server_access_name: str,
        alb_name: str,
        place: Place,
        retention_days: int,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._place, self._retention_days, self._protected = place, retention_days, protected
        balancers = place.arn("elasticloadbalancing", "loadbalancer/*")
        self.server_access = self._bucket(
            "server_access", server_access_name, server_access_writer(server_access_name, place)
        )
        self.alb = self._bucket(
            "alb",
            alb_name,
            _writer(
                "LoadBalancerAccessLogs",
                "logdelivery.elasticloadbalancing.amazonaws.com",
                place.bucket_arn(f"{alb_name}/AWSLogs/{place.account_id}/*"),
                ("ArnLike", "aws:SourceArn", (balancers,)),
            ),
            readers_log=self.server_access,
        )

    def _bucket(self, id_: str, name: str, writer: Statement, readers_log: Bucket | None = None) -> Bucket:
        return Bucket(
            self,
            id_,
            name=name,
            place=self._place,
            kms_key_arn=None,
            expire_days=self._retention_days,
            access_logs_bucket=readers_log.name if readers_log else None,
            access_logs_ready=(readers_log.policy,) if readers_log else (),
            protected=self._protected,
            statements=(writer,),
        )


def server_access_writer(bucket_name: str, place: Place) -> Statement:
    """Let S3 write server access logs of this account's buckets to one bucket."""
    objects = place.bucket_arn(f"{bucket_name}/*")
    return _writer("ServerAccessLogs", "logging.s3.amazonaws.com", objects, from_account(place.account_id))


def _writer(sid: str, service: str, objects: str, condition: Condition) -> Statement:
    return Statement(
        sid=sid,
        actions=("s3:PutObject",),
        resources=(objects,),
        principals={"Service": (service,)},
        conditions=(condition,),
    )
