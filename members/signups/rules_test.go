package signups

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/fault/faulttest"
	"keur/members"
)

var (
	topics = []members.Topic{{Key: "wine"}, {Key: "travel"}}
	known  = []members.Attribute{
		{Name: "first_name", Type: members.Text}, {Name: "birth_date", Type: members.Date}, {Name: "people", Type: members.Number},
		{Name: "car", Type: members.Bool}, {Name: "interests", Type: members.Set},
	}
)

// TestFormsAreChecked names each field that is wrong.
func TestFormsAreChecked(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", mostText)
	for name, try := range map[string]struct {
		change func(*Form)
		wrong  string
	}{
		"nothing":                {func(*Form) {}, ""},
		"the longest texts":      {func(f *Form) { f.Mail, f.Tracking = long, long }, ""},
		"longer texts":           {func(f *Form) { f.Mail, f.Tracking = long+"é", long+"é" }, "mail tracking"},
		"a text of nothing":      {func(f *Form) { f.Mail = " \n" }, "mail"},
		"no text about tracking": {func(f *Form) { f.Tracking = "" }, ""},
		"another topic":          {func(f *Form) { f.Topics = []string{"wine", "beer"} }, "topics"},
		"another attribute":      {func(f *Form) { f.Attributes = []string{"shoe_size"} }, "attributes"},
		"an attribute of many":   {func(f *Form) { f.Attributes = []string{"interests"} }, "attributes"},
	} {
		f := Form{Mail: "Ja, mail mij", Tracking: "Ja, meet mee", Topics: []string{"wine"}, Attributes: []string{"first_name"}}
		try.change(&f)
		if got := strings.Join(faulttest.Paths(f.Check(topics, known)), " "); got != try.wrong {
			t.Errorf("%s: wrong at %q", name, got)
		}
	}
}

// TestAnswersAreReadByTheirType: what the form doesn't ask is left out.
func TestAnswersAreReadByTheirType(t *testing.T) {
	t.Parallel()
	f := Form{Attributes: []string{"first_name", "birth_date", "people", "car", "gone"}}
	for answer, want := range map[[2]string]any{
		{"first_name", " Jan "}: "Jan", {"first_name", strings.Repeat("é", longestLine)}: strings.Repeat("é", longestLine),
		{"birth_date", "1980-02-29"}: "1980-02-29", {"people", "2"}: 2.0, {"people", "-1,5"}: -1.5, {"people", "1.5"}: 1.5,
		{"car", "yes"}: true, {"car", "on"}: false,
	} {
		said, err := f.read(map[string]string{answer[0]: answer[1]}, known)
		if err != nil || len(said) != 1 || said[answer[0]] != want {
			t.Errorf("%s of %q is %v, %v", answer[0], answer[1], said, err)
		}
	}
	for _, answer := range [][2]string{
		{"first_name", strings.Repeat("é", longestLine+1)}, {"first_name", "a\nb"}, {"birth_date", "1979-02-29"},
		{"birth_date", "29-02-1980"},
		{"people", "veel"}, {"people", "Inf"}, {"people", "NaN"}, {"people", "1,5,0"},
	} {
		_, err := f.read(map[string]string{answer[0]: answer[1]}, known)
		if got := faulttest.Paths(err); !slices.Equal(got, []string{"answers." + answer[0]}) {
			t.Errorf("%s of %q is wrong at %v", answer[0], answer[1], got)
		}
	}
	left := map[string]string{"interests": "x", "gone": "x", "first_name": "  ", "admin": "yes"}
	if said, err := f.read(left, known); err != nil || len(said) != 0 {
		t.Errorf("of what isn't asked it says %v, %v", said, err)
	}
}

// TestTopicsAreTurnedOffThatWereSeen: one that didn't stand there stays on.
func TestTopicsAreTurnedOffThatWereSeen(t *testing.T) {
	t.Parallel()
	f := Form{Topics: []string{"wine", "travel", "sport"}}
	got := f.off(Asked{Shown: []string{"wine", "travel", "other"}, On: []string{"travel"}})
	if !slices.Equal(got, []string{"wine"}) {
		t.Errorf("turned off are %v", got)
	}
}

// TestLinksAreGoodOnce and until they end.
func TestLinksAreGoodOnce(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, try := range map[string]struct {
		signup Signup
		good   bool
	}{
		"before its end":    {Signup{ExpiresAt: noon.Add(1)}, true},
		"at its end":        {Signup{ExpiresAt: noon}, false},
		"after its end":     {Signup{ExpiresAt: noon.Add(-1)}, false},
		"after it was used": {Signup{ExpiresAt: noon.Add(1), EndedAt: &noon}, false},
	} {
		if err := try.signup.Check(noon); (err == nil) != try.good || !try.good && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	said := Signup{Answers: json.RawMessage(`{"first_name": "Jan", "people": 2}`)}.Said()
	if !maps.Equal(said, map[string]any{"first_name": "Jan", "people": 2.0}) || (Signup{}).Said() == nil {
		t.Errorf("they said %v", said)
	}
	one, hash := newToken()
	other, _ := newToken()
	if one == other || len(one) < 20 || len(hash) != 32 {
		t.Errorf("the tokens are %q and %q", one, other)
	}
}
