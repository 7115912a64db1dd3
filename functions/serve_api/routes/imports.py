"""Files of customers: judged row by row before anything changes, then carried out row by row."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response, status
from pydantic import BaseModel

from auzap.customers import csv_files, importing, listing
from auzap.customers.csv_files import UnreadableFile
from auzap.customers.importing import Import, Row
from auzap.customers.listing import ListedImport
from auzap.db.connection import Tx
from auzap.ids import ImportId
from auzap.organizations.shop import find_shop
from functions.serve_api import paging
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Words
from functions.serve_api.dependencies import Begun, DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/imports", tags=["contacts"])
