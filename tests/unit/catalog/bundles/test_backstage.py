"""Backstage documents as ours: a realistic file, and what has no counterpart."""

from __future__ import annotations

import pytest

from services.catalog.bundles.domain.faults import BundleRefusedError
from services.catalog.bundles.formats.backstage import read_backstage

LANDSCAPE = b"""\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: payments
  description: Takes money
spec:
  type: team
  profile: {displayName: Payments, email: payments@provider.example}
  children: []
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata:
  name: checkout
  title: Checkout
  annotations:
    itsm/business-name: Pay for a basket
    itsm/criticality: "5"
spec: {owner: group:default/payments}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout-web
  description: The pages
  tags: [python]
  links: [{url: https://checkout.provider.example}]
spec:
  type: website
  lifecycle: production
  owner: payments
  system: checkout
  dependsOn: [component:ledger/booking, resource:default/orders-db]
  consumesApis: [payments-api]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: booking, namespace: ledger}
spec:
  type: service
  lifecycle: experimental
  owner: default/payments
  providesApis: [api:default/payments-api]
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: payments-api}
spec:
  type: openapi
  lifecycle: deprecated
  owner: payments
  definition: "openapi: 3.1.0"
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata:
  name: orders-db
  annotations: {itsm/environment: staging, itsm/location: Berlin}
spec: {type: database, owner: payments, dependencyOf: [component:default/checkout-web]}
"""


def test_a_landscape_becomes_teams_services_items_and_dependencies() -> None:
    held = read_backstage(LANDSCAPE).held
    assert {"key": "payments", "name": "Payments", "purpose": "Takes money"} in [
        one.value for one in held
    ]
    [contact] = [one.value for one in held if one.kind == "contact"]
    assert (contact["team"], contact["email"]) == ("payments", "payments@provider.example")
    services = {one.value["key"]: one.value for one in held if one.kind == "service"}
    assert services.keys() == {
        "system.checkout",
        "checkout-web",
        "ledger.booking",
        "api.payments-api",
    }
    assert services["system.checkout"]["name_business"] == "Pay for a basket"
    assert services["system.checkout"]["criticality"] == 5
    assert services["system.checkout"]["kind"] == "business"
    assert services["ledger.booking"]["status"] == "development"
    assert services["api.payments-api"]["status"] == "retiring"
    assert "status" not in services["checkout-web"]
    assert services["checkout-web"]["owner_team"] == "payments"
    [item] = [one.value for one in held if one.kind == "configuration_item"]
    assert (item["kind"], item["class"], item["environment"]) == ("data", "database", "staging")
    assert {(one.value["from"], one.value["to"]) for one in held if one.kind == "dependency"} == {
        ("service/system.checkout", "service/checkout-web"),
        ("service/checkout-web", "service/ledger.booking"),
        ("service/checkout-web", "configuration_item/orders-db"),
        ("service/checkout-web", "service/api.payments-api"),
        ("service/api.payments-api", "service/ledger.booking"),
    }


def test_lines_lead_back_into_the_file() -> None:
    [contact] = [one for one in read_backstage(LANDSCAPE).held if one.kind == "contact"]
    assert contact.line_of("/email") == 8


@pytest.mark.parametrize(
    ("document", "pointer", "part"),
    [
        ("apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ada}", "/0/kind", "User"),
        ("apiVersion: v1\nkind: Component\nmetadata: {name: a}", "/0/apiVersion", "Backstage"),
        ("apiVersion: backstage.io/v1\nkind: Component\nmetadata: {}", "/0/metadata", "name"),
        (
            (
                "apiVersion: backstage.io/v1\nkind: Component\nmetadata: {name: a}\n"
                "spec: {owner: user:default/ada}"
            ),
            "/0/spec/owner",
            "group",
        ),
        (
            (
                "apiVersion: backstage.io/v1\nkind: Component\nmetadata: {name: a}\n"
                "spec: {owner: x, lifecycle: sunset}"
            ),
            "/0/spec/lifecycle",
            "none of",
        ),
        (
            (
                "apiVersion: backstage.io/v1\nkind: Component\nmetadata: {name: a}\n"
                "spec: {owner: x, dependsOn: component:b}"
            ),
            "/0/spec/dependsOn",
            "list",
        ),
        (
            (
                "apiVersion: backstage.io/v1\nkind: Component\n"
                "metadata: {name: a, annotations: {itsm/colour: red}}\nspec: {owner: x}"
            ),
            "/0/metadata/annotations/itsm~1colour",
            "annotation",
        ),
    ],
)
def test_what_has_no_counterpart_is_refused_clearly(document: str, pointer: str, part: str) -> None:
    with pytest.raises(BundleRefusedError) as caught:
        read_backstage(document.encode())
    [fault] = caught.value.faults
    assert fault.pointer == pointer
    assert part in fault.detail
    assert fault.line >= 1
