"""What a reviewer's decision must say."""

from django import forms

MAX_CODE = 200_000
MAX_FEEDBACK = 4000


class DecisionForm(forms.Form):
    """Any decision: the version of the item that was looked at."""

    version = forms.IntegerField(min_value=1)


class EditForm(DecisionForm):
    """The reviewer's own text; its blanks and line ends matter."""

    code = forms.CharField(strip=False, max_length=MAX_CODE)


class RegenerateForm(DecisionForm):
    """What the next attempt is told."""

    feedback = forms.CharField(max_length=MAX_FEEDBACK)


class QueueFilterForm(forms.Form):
    """Which part of the queue is shown; what is not understood is ignored."""

    project = forms.UUIDField(required=False)
    reason = forms.CharField(required=False, max_length=20)
