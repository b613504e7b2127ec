"""The demo company 示例公司, imagined whole from a seed and written as ordinary business files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keceng.demo.baskets import Shelf
from keceng.demo.books import (
    list_contact_rows,
    list_customer_rows,
    list_order_rows,
    list_payment_rows,
    list_product_rows,
    list_receivable_rows,
)
from keceng.demo.casting import cast_parts, dress_customers
from keceng.demo.contacts import list_contacts
from keceng.demo.customers import FEWEST_CUSTOMERS, MOST_CUSTOMERS, list_customers
from keceng.demo.mishaps import add_mishaps
from keceng.demo.orders import number_orders, sort_orders
from keceng.demo.pipeline import draw_projects, list_contracts, list_opportunities, list_projects
from keceng.demo.products import list_products
from keceng.demo.receivables import collect_payments, issue_receivables
from keceng.demo.relations import list_relations
from keceng.demo.sales import make_sales
from keceng.demo.sheets import Sheet, write_sheet
from keceng.demo.truths import Truths
from keceng.demo.voices import list_complaints, list_consents, list_interactions, list_survey_responses
from keceng.vocabulary import KecengError, Text

DEFAULT_SEED = 20260101
DEFAULT_CUSTOMERS = 5000


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The written files by entity (a table of the ledger), in the order to import them, and the planted truths."""

    paths: Mapping[str, Path]
    truths: Truths


def write_company(directory: Path, seed: int = DEFAULT_SEED, customers: int = DEFAULT_CUSTOMERS) -> DemoFiles:
    """Write the fourteen files of the demo company into `directory`, made if missing; files of those names are replaced.

    The same seed and number of customers give the same files, byte for byte in CSV.

    Args:
        directory: where the files go.
        seed: of all randomness.
        customers: how many customers there are, besides the walk-in account, a related party and a supplier.

    Raises:
        KecengError: the number of customers is out of range, or the directory cannot be written.
    """
    if not FEWEST_CUSTOMERS <= customers <= MOST_CUSTOMERS:
        raise KecengError.of(
            "demo_size",
            "示例公司做不成这么多或这么少的客户",
            "the demo company cannot have that many or that few customers",
            remedy=Text("请给 {least} 到 {most} 之间的数", "give a number from {least} to {most}").fill(
                least=FEWEST_CUSTOMERS, most=MOST_CUSTOMERS
            ),
            value=str(customers),
        )
    truths, sheets = imagine_company(seed, customers)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return DemoFiles({sheet.entity: write_sheet(sheet, directory) for sheet in sheets}, truths)
    except OSError as error:
        raise KecengError.of(
            "demo_unwritable",
            "示例公司的文件写不进这个目录",
            "the files of the demo company cannot be written to this directory",
            remedy=Text(
                "请换一个可写的目录,并关闭已打开的同名文件",
                "choose a writable directory and close open files of those names",
            ),
            value=str(directory),
        ) from error


def imagine_company(seed: int, customers: int) -> tuple[Truths, list[Sheet]]:
    """The planted truths and all fourteen files, in the order to import them; nothing is written."""
    products = list_products(seed)
    listed = list_customers(seed, customers)
    truths = cast_parts(seed, listed)
    people = dress_customers(listed, truths)
    sales = make_sales(seed, people, Shelf(products), truths)
    orders = sort_orders(add_mishaps(seed, sales, products, truths))
    numbers = number_orders(orders)
    receivables = issue_receivables(seed, orders, truths)
    contacts = list_contacts(seed, people, first_phone=len(people))
    projects = draw_projects(seed, people)
    return truths, [
        list_customer_rows(people),
        list_product_rows(products),
        list_order_rows(orders, numbers),
        list_receivable_rows(receivables),
        list_payment_rows(collect_payments(seed, receivables, truths)),
        list_contact_rows(contacts),
        list_interactions(seed, orders, contacts),
        list_survey_responses(seed, orders),
        list_complaints(seed, orders, numbers),
        list_relations(seed, people, truths),
        list_opportunities(seed, people),
        list_projects(projects),
        list_contracts(seed, people, projects),
        list_consents(seed, people),
    ]
