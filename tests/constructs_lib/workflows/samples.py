"""Names and roles that the tests of ingestion share."""

from __future__ import annotations

from config.place import Place
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.workflows.access import IngestionPlaces

ACCOUNT = "111111111111"
PLACE = Place(ACCOUNT, "us-east-1", "aws")
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
PLACES = IngestionPlaces(PLACE, "pages", "ledger", "ingestion", KEY)
SURROUNDINGS = FunctionSurroundings(PLACE, KEY, 30, TOPIC)
NAMES = FunctionNames("sitechat-dev-us-east-1-f", "sitechat-dev-f", "/sitechat/dev/f")
BUCKET = "arn:aws:s3:::pages"
