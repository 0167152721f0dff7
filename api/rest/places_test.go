package rest

import (
	"errors"
	"testing"

	"keur/internal/fault"
)

func TestProblemsLeadThroughTheBody(t *testing.T) {
	t.Parallel()
	at := func(path string) error { return fault.At(path, "input.at_most", "most", 3) }
	where := func(err error) string {
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Details) == 0 {
			return ""
		}
		return f.Details[0].Path
	}
	for want, err := range map[string]error{
		"rule.all[0].value":       Within("rule", at("all[0].value")),
		"rule":                    Within("rule", at("")),
		"rule[1]":                 Within("rule", at("[1]")),
		"name":                    Within("rule", at("name"), "name"),
		"audience.segments[1].id": WithinAudience(at("segments[1].id")),
		"subjects[0].text":        WithinAudience(at("subjects[0].text")),
		"source":                  OfSource(at("template")),
		"source:1:8":              OfSource(at("template.source:1:8")),
		"/path.case":              OfPath("case", at("kind"), "kind", "conversion_id"),
		"address":                 OfPath("case", at("address"), "kind", "conversion_id"),
		"assignee_id":             Renamed(at("assignee"), "assignee", "assignee_id"),
		"":                        Within("rule", fault.New(fault.Conflict, "members.address_anothers")),
	} {
		if got := where(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	once := at("cap")
	if WithinAudience(once); where(once) != "cap" {
		t.Error("the fault itself was changed, which others may hold")
	}
	if err := Within("rule", nil); err != nil {
		t.Error(err)
	}
}

// TestPlaces says where a value stands: in what was sent, or in the path.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"kind": "body.kind", "/path.case": "path.case"} {
		if got := placeOf(InBody, path); got != want {
			t.Errorf("%s stands at %s, not at %s", path, got, want)
		}
	}
}

func TestDecodersSpeakPlainly(t *testing.T) {
	t.Parallel()
	const into = "json: cannot unmarshal number 9223372036854775808 into Go struct field Figures.goals.clicks of type int64"
	for said, want := range map[string]string{
		"invalid date/time for format 2006-01-02T15:04:05Z07:00":            "expected a date and time such as 2026-11-24T09:00:00Z",
		"json: cannot unmarshal number 1e999 into Go value of type float64": "a number is out of range",
		into:              "the number at goals.clicks is out of range",
		"expected string": "expected string",
	} {
		if got := plain(said); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
