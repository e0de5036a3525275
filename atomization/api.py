"""Atoms over HTTP: cutting source into atoms, and reading the stored ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.validators import ProhibitSurrogateCharactersValidator
from rest_framework.views import APIView

from atomization.atom_service import Atom, AtomService, Description
from atomization.decomposer import AtomKind
from atomization.models import AtomicUnit
from atomization.parser import Language, syntax_faults
from atomization.project import atom_key
from atomization.selectors import atom_lines, encode
from atomization.services import MAX_ATOMIZED_BYTES
from atomization.validator import Severity
from devmatrix.api_errors import find
from devmatrix.masterplans.models import Task

KINDS = [(item.value, item.value) for item in AtomKind]
LANGUAGES = [(item.value, item.value) for item in Language]
KEPT_AS_TEXT = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)


class SourceCodeField(serializers.CharField):
    """Source text, byte for byte: nothing is trimmed, NUL is allowed.

    Bytes that are not UTF-8 travel as the escapes \\udc80 to \\udcff; other lone surrogates stand
    for no byte and are refused.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "surrogate": "It holds a lone surrogate that stands for no byte; only U+DC80 to U+DCFF do."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **options)
        self.validators = [v for v in self.validators if not isinstance(v, KEPT_AS_TEXT)]

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if re.search("[\ud800-\udc7f\udd00-\udfff]", text):
            self.fail("surrogate")
        if len(encode(text)) > MAX_ATOMIZED_BYTES:
            raise serializers.ValidationError(
                f"It has {len(encode(text)):,} bytes; atoms are made of at most "
                f"{MAX_ATOMIZED_BYTES:,}. Send a smaller file."
            )
        return text


class DecomposeRequest(serializers.Serializer[dict[str, Any]]):
    """Either `code` and `language`, or `task_id` for the stored files of a task."""

    code = SourceCodeField(required=False)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)
    task_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("code" in attrs) == ("task_id" in attrs):
            raise serializers.ValidationError("Send either code and language, or task_id.")
        if "code" in attrs and "language" not in attrs:
            raise serializers.ValidationError(
                {"language": f"Say which: {', '.join(name for name, _ in LANGUAGES)}."}
            )
        return attrs


class AtomCriterionSerializer(serializers.Serializer[Any]):
    """One of the ten criteria, with what was measured."""

    name = serializers.CharField()
    passed = serializers.BooleanField()
    score = serializers.FloatField(help_text="0 to 1")
    severity = serializers.ChoiceField(choices=[(item.value, item.value) for item in Severity])
    evidence = serializers.CharField()
    suggestion = serializers.CharField(allow_blank=True)


class SlotSerializer(serializers.Serializer[Any]):
    """One atom as it was cut; lines are 1-based and inclusive, bytes from 0 and end-exclusive."""

    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment] # DRF's own name
    start_line = serializers.IntegerField()
    end_line = serializers.IntegerField()
    loc = serializers.IntegerField()
    complexity = serializers.IntegerField()
    signature = serializers.CharField()
    docstring = serializers.CharField()
    decorators = serializers.ListField(child=serializers.CharField())
    is_async = serializers.BooleanField()
    needs_body = serializers.BooleanField()
    irreducible = serializers.CharField()
    code = serializers.CharField()
    start_byte = serializers.IntegerField()
    end_byte = serializers.IntegerField()
    contract = serializers.DictField(help_text="for a statement block with its data flow")
    completeness = serializers.FloatField(help_text="of the context among the files sent, 0 to 1")
    holes = serializers.ListField(
        child=serializers.CharField(), help_text="names that nothing resolves"
    )
    score = serializers.FloatField(help_text="how good an atom it is, 0 to 1")
    criteria = AtomCriterionSerializer(many=True)


class SyntaxFaultSerializer(serializers.Serializer[Any]):
    """One place that the language refuses."""

    line = serializers.IntegerField()
    column = serializers.IntegerField()
    message = serializers.CharField()


class DecomposedFileSerializer(serializers.Serializer[Any]):
    """One file: the atoms' `code` in order is its text, byte for byte."""

    path = serializers.CharField(allow_blank=True)
    language = serializers.ChoiceField(choices=LANGUAGES)
    syntax_faults = SyntaxFaultSerializer(many=True)
    atoms = SlotSerializer(many=True)


class DecomposedSerializer(serializers.Serializer[Any]):
    """What a text, or the files of a task, was cut into."""

    total_atoms = serializers.IntegerField()
    files = DecomposedFileSerializer(many=True)


def decomposed_files(sources: Sequence[tuple[str, str, Language]]) -> list[dict[str, Any]]:
    """Cut texts (path, text, language) into described atoms of one project; nothing is stored."""
    service = AtomService()
    made = [service.atomize(encode(text), lang, path=path) for path, text, lang in sources]
    described = service.describe(made)
    return [
        {
            "path": file.path,
            "language": file.language.value,
            "syntax_faults": syntax_faults(encode(text), file.language),
            "atoms": [
                _atom(atom, described[atom_key(file.path, atom.slot.name)]) for atom in file.atoms
            ],
        }
        for file, (_, text, _) in zip(made, sources, strict=True)
    ]


def _atom(atom: Atom, description: Description) -> dict[str, Any]:
    return {
        **atom.slot.to_json(),
        **description.to_json(),
        "start_byte": atom.start,
        "end_byte": atom.end,
        "contract": atom.contract.to_json(),
    }


class DecomposeView(APIView):
    """Cut source into atoms, without storing anything."""

    @extend_schema(
        operation_id="atomization_decompose",
        request=DecomposeRequest,
        responses=DecomposedSerializer,
    )
    def post(self, request: Request) -> Response:
        asked = DecomposeRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        if "task_id" in data:
            sources = self._sources_of(find(Task.objects.all(), data["task_id"]))
        else:
            sources = [("", data["code"], Language(data["language"]))]
        files = decomposed_files(sources)
        total = sum(len(file["atoms"]) for file in files)
        return Response(DecomposedSerializer({"total_atoms": total, "files": files}).data)

    def _sources_of(self, task: Task) -> list[tuple[str, str, Language]]:
        atoms: dict[Any, list[str]] = {}
        for file_id, code in (
            AtomicUnit.objects.filter(source_file__task=task)
            .order_by("source_file", "position")
            .values_list("source_file_id", "code")
        ):
            atoms.setdefault(file_id, []).append(code)
        sources = [
            (file.path, "".join(atoms.get(file.pk, [])), Language(file.language))
            for file in task.files.exclude(language="").order_by("path")
        ]
        size = sum(len(encode(text)) for _, text, _ in sources)
        if size > MAX_ATOMIZED_BYTES:
            raise serializers.ValidationError(
                {
                    "task_id": f"The files of this task have {size:,} bytes; at most "
                    f"{MAX_ATOMIZED_BYTES:,} are described at once. Read their stored atoms "
                    "instead: /api/v2/atoms/by-task/."
                }
            )
        return sources


class AtomSummarySerializer(serializers.ModelSerializer[AtomicUnit]):
    """An atom in a list."""

    key = serializers.SerializerMethodField(help_text="path::name, unique in the project")
    path = serializers.CharField(source="source_file.path")

    class Meta:
        model = AtomicUnit
        fields: tuple[str, ...] = (
            "id",
            "key",
            "path",
            "name",
            "kind",
            "language",
            "status",
            "author",
            "signature",
            "loc",
            "complexity",
            "needs_body",
            "wave_number",
            "attempts",
            "round",
            "confidence",
            "context_completeness",
            "cost_usd",
            "version",
        )
        read_only_fields = fields

    def get_key(self, atom: AtomicUnit) -> str:
        return f"{atom.source_file.path}::{atom.name}"


class AtomSerializer(AtomSummarySerializer):
    """An atom with its text, contract, context and criteria."""

    start_line = serializers.SerializerMethodField(help_text="in the file, 1-based")
    end_line = serializers.SerializerMethodField(help_text="in the file, inclusive")

    class Meta(AtomSummarySerializer.Meta):
        fields = (
            *AtomSummarySerializer.Meta.fields,
            "masterplan",
            "task",
            "parent",
            "start_line",
            "end_line",
            "code",
            "skeleton",
            "irreducible",
            "contract",
            "context",
            "criteria",
            "cycle",
            "model",
            "reviewer",
            "guidance",
            "confidence_parts",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def to_representation(self, atom: AtomicUnit) -> dict[str, Any]:
        self.lines = atom_lines(atom)
        return dict(super().to_representation(atom))

    def get_start_line(self, atom: AtomicUnit) -> int:
        return self.lines[0]

    def get_end_line(self, atom: AtomicUnit) -> int:
        return self.lines[1]


class AtomView(APIView):
    """Read one atom."""

    @extend_schema(operation_id="atoms_retrieve", responses=AtomSerializer)
    def get(self, request: Request, atom_id: str) -> Response:
        atoms = AtomicUnit.objects.select_related("source_file").defer("source_file__raw")
        return Response(AtomSerializer(find(atoms, atom_id)).data)


class AtomsByTaskView(ListAPIView[AtomicUnit]):
    """List the atoms of a task's files, in file order."""

    serializer_class = AtomSummarySerializer

    def get_queryset(self) -> QuerySet[AtomicUnit]:
        if getattr(self, "swagger_fake_view", False):
            return AtomicUnit.objects.none()
        task = find(Task.objects.only("pk"), self.kwargs["task_id"])
        return (
            AtomicUnit.objects.filter(source_file__task=task)
            .select_related("source_file")
            .defer("source_file__raw", "code", "skeleton", "contract", "context", "criteria")
            .order_by("source_file__path", "position")
        )
