"""The description of the API: OpenAPI 3.1, made from what stands at each route."""

from app.openapi.document import document, undescribed
from app.openapi.operation import Answer, Operation, describe

__all__ = ["Answer", "Operation", "describe", "document", "undescribed"]
