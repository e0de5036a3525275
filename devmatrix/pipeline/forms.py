"""What the lists of a project can be narrowed by."""

from django import forms

from atomization.models import AtomicUnit


class AtomFilterForm(forms.Form):
    """Which atoms are listed; what is not understood is ignored."""

    status = forms.ChoiceField(
        required=False, choices=[("", "all"), *AtomicUnit.Status.choices], label="Status"
    )
    wave = forms.IntegerField(required=False, min_value=1, label="Wave")
    text = forms.CharField(required=False, max_length=200, label="Name or path holds")
