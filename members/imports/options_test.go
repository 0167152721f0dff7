package imports

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/members"
)

func TestOptionsCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	whole := FileConsent{Text: "Ja", Source: "crm", At: now.Add(members.ClockSkew)}
	for _, c := range []struct {
		name    string
		options Options
		wrong   []string
	}{
		{"nothing", Options{}, nil},
		{"all", Options{Delimiter: ";", Types: map[string]members.Type{"points": members.Number},
			Map:     map[string]string{"points": "Punten"},
			Consent: &whole}, nil},
		{"delimiter", Options{Delimiter: ";;"}, []string{"delimiter"}},
		{"types", Options{Types: map[string]members.Type{"points": "int", "Points": members.Text}},
			[]string{"types.Points", "types.points"}},
		{"map", Options{Map: map[string]string{"E-mail": "a"}}, []string{"map.E-mail"}},
		{"no consent", Options{Consent: &FileConsent{}}, []string{"consent.at", "consent.source", "consent.text"}},
		{"consent later", Options{Consent: &FileConsent{Text: "Ja", Source: "crm", At: now.Add(members.ClockSkew + 1)}},
			[]string{"consent.at"}},
	} {
		err := c.options.Check(now)
		var paths []string
		var f *fault.Error
		if errors.As(err, &f) {
			for _, d := range f.Details {
				paths = append(paths, d.Path)
			}
		}
		slices.Sort(paths)
		if diff := cmp.Diff(c.wrong, paths); diff != "" {
			t.Errorf("%s: %s (%v)", c.name, diff, err)
		}
	}
}
