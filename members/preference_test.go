package members

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPreferencesCheck(t *testing.T) {
	t.Parallel()
	topics := []Topic{{"travel", "Reizen"}, {"wine", "Wijn"}}
	for _, c := range []struct {
		off     []string
		perWeek int
		wrong   []string
	}{
		{nil, 1, nil}, {[]string{"wine", "travel"}, 7, nil}, {nil, 0, []string{"per_week"}}, {nil, 8, []string{"per_week"}},
		{nil, -1, []string{"per_week"}},
		{[]string{"wine", "cars"}, 3, []string{"off_topics[1]"}},
		{[]string{"", "wine", "Wijn"}, 9, []string{"off_topics[0]", "off_topics[2]", "per_week"}},
	} {
		if diff := cmp.Diff(c.wrong, details(Preferences{OffTopics: c.off, PerWeek: &c.perWeek}.Check(topics))); diff != "" {
			t.Errorf("%+v: %s", c, diff)
		}
	}
	if err := (Preferences{}).Check(nil); err != nil {
		t.Errorf("no wishes: %v", err)
	}
}

func TestMemberUnder(t *testing.T) {
	t.Parallel()
	m := Member{Memberships: []Membership{{Label: 1, Source: "a"}, {Label: 3, Source: "b"}}}
	if ms, ok := m.Under(3); !ok || ms.Source != "b" {
		t.Errorf("%+v, %v", ms, ok)
	}
	if ms, ok := m.Under(2); ok || ms.Label != 0 {
		t.Errorf("%+v, %v", ms, ok)
	}
}
