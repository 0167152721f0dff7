package faces

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/templates/lang"
)

var fields = map[string]lang.FieldType{
	"points": lang.Number, "city": lang.Text, "born": lang.Date, "vip": lang.Bool, "likes": lang.Set, "first_name": lang.Text,
}

// outline returns the outline of a text and of the subjects.
func outline(t *testing.T, text string, subjects ...string) *lang.Outline {
	t.Helper()
	scope := lang.NewScope("en", nil, fields)
	r := reporter{t}
	texts := []lang.OutlineText{{Variant: -1, Pieces: lang.Line(lang.NewSource("text", text, false, scope, r), lang.EscapePlain)}}
	for i, s := range subjects {
		pieces := lang.Line(lang.NewSource("subject", s, false, scope, r), lang.EscapeHeader)
		texts = append(texts, lang.OutlineText{Variant: i, Pieces: pieces})
	}
	return lang.NewOutline(scope, max(len(subjects), 1), texts...)
}

type reporter struct{ t *testing.T }

func (r reporter) Warn(lang.Position, string, string, ...any) {}
func (r reporter) Fail(_ lang.Position, code, key string, args ...any) {
	r.t.Errorf("%s: %s %v", code, key, args)
}

// vectors returns what the faces come to.
func vectors(faces []Face) []string {
	var all []string
	for _, f := range faces {
		all = append(all, fmt.Sprint(f.Vector))
	}
	slices.Sort(all)
	return all
}

// TestNeverHolds: what nobody can get is told, and is no face.
func TestNeverHolds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{{if member.points > 5 and member.points < 3}}a{{end}}`:                                      "1:1",
		`{{if member.points > 5}}a{{else if member.points > 7}}b{{end}}`:                              "1:26",
		`{{if member.vip}}{{if not member.vip}}a{{else}}b{{end}}{{end}}`:                              "1:18",
		`{{if member.city == "A" and member.city == "B"}}a{{else}}b{{end}}`:                           "1:1",
		`{{if member.likes contains "a" and member.likes contains "b"}}a{{end}}`:                      "",
		`{{if member.points > 5}}a{{else if member.points > 3}}b{{end}}`:                              "",
		`{{if member.points > 5 or member.points < 6}}a{{end}}`:                                       "",
		`{{if member.city}}a{{else if member.first_name}}b{{else if not member.city}}c{{end}}`:        "",
		`{{if member.born < "2000-01-01" and member.born > "1999-12-31"}}a{{else}}b{{end}}`:           "1:1",
		`{{if member.points > 5}}x{{end}}{{if member.points < 3}}y{{end}}`:                            "",
		"\n\n" + `{{if member.city contains "ab" and not member.city contains "a"}}a{{else}}b{{end}}`: "3:1",
	} {
		o := outline(t, text)
		never, err := Never(o)
		var places []string
		for _, cond := range never {
			places = append(places, fmt.Sprintf("%d:%d", cond.At.Line, cond.At.Column))
		}
		if got := strings.Join(places, " "); err != nil || got != want {
			t.Errorf("%s: never at %q, not %q: %v", text, got, want, err)
		}
		if all, err := Of(o, nil, nil); err != nil || len(all) > 3 {
			t.Errorf("%s makes %d faces: %v", text, len(all), err)
		}
	}
}

func TestEveryBranchAndEveryPair(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		subjects []string
		want     string
	}{
		"no condition":       {"hello", nil, "[]"},
		"one if":             {"{{if member.points > 0}}a{{else}}b{{end}}", nil, "[0] [1]"},
		"asked twice":        {"{{if member.vip}}a{{end}}<p>{{if member.vip}}b{{else}}c{{end}}", nil, "[0] [1]"},
		"else if":            {`{{if member.city == "A"}}a{{else if member.city == "B"}}b{{else}}c{{end}}`, nil, "[0] [1] [2]"},
		"nested":             {"{{if member.vip}}a{{if member.points > 5}}b{{end}}{{else}}c{{end}}", nil, "[0 0] [0 1] [1 -1]"},
		"never":              {"{{if member.points > 5}}a{{if member.points < 3}}b{{end}}{{end}}", nil, "[0 1] [1 -1]"},
		"one excludes":       {"{{if member.points > 5}}a{{end}}<p>{{if member.points < 3}}b{{end}}", nil, "[0 1] [1 0] [1 1]"},
		"between":            {"{{if member.points > 0}}a{{end}}<p>{{if member.points < 1}}b{{end}}", nil, "[0 0] [0 1] [1 0] [1 1]"},
		"variants":           {"a", []string{"x", "y"}, "[0] [1]"},
		"an if in a subject": {"a", []string{"x", "{{if member.vip}}y{{else}}z{{end}}"}, "[0 -1] [1 0] [1 1]"},
		"a set":              {`{{if member.likes contains "a" and not member.likes contains "b"}}x{{end}}`, nil, "[0] [1]"},
		"days":               {`{{if member.born >= "2000-01-01" and member.born < "2000-01-02"}}x{{else if member.born}}y{{end}}`, nil, "[0] [1] [2]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := Of(outline(t, c.text, c.subjects...), nil, nil)
			if got := strings.Join(vectors(found), " "); got != c.want || err != nil {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// Ifs of one sentence are read together, in all ways; those of different
// paragraphs two by two.
func TestIndependentIfsDontMultiply(t *testing.T) {
	t.Parallel()
	one := `{{if member.vip}}a{{end}} %[1]s {{if member.points > 5}}b{{end}} %[1]s {{if member.city == "A"}}c{{end}} %[1]s {{if member.likes contains "x"}}d{{end}}`
	apart, err := Of(outline(t, fmt.Sprintf(one, "<p>")), nil, nil)
	if err != nil || len(apart) > 6 {
		t.Errorf("%d faces of four ifs apart: %v", len(apart), err)
	}
	together, err := Of(outline(t, fmt.Sprintf(one, "and")), nil, nil)
	if err != nil || len(together) != 16 {
		t.Errorf("%d faces of four ifs in a sentence: %v", len(together), err)
	}
	pairs := map[string]bool{}
	for _, f := range apart {
		for i := range f.Vector {
			for j := range i {
				pairs[fmt.Sprint(i, j, f.Vector[i], f.Vector[j])] = true
			}
		}
	}
	if len(pairs) != 4*6 {
		t.Errorf("%d of 24 pairs are shown", len(pairs))
	}
}

func TestMembersGetTheirFace(t *testing.T) {
	t.Parallel()
	o := outline(t, "{{if member.points > 0}}casino{{else}}decent{{end}}", "a", "b")
	tally := NewTally(o)
	tally.Add([]string{"12"}, 900)
	tally.Add([]string{"34.5"}, 90)
	found, err := Of(o, tally, []int{2, 1})
	if err != nil || len(found) != 4 {
		t.Fatalf("%+v, %v", found, err)
	}
	if found[0].Members != 660 || found[1].Members != 330 || found[2].Members != 0 || found[3].Members != 0 {
		t.Errorf("%+v", found)
	}
	if n := tally.Members(lang.Branch{Choice: 1, Outcome: 0}); n != 990 {
		t.Errorf("%d members have points", n)
	}
	for _, f := range found {
		if slices.Contains([]string{"12", "34.5"}, f.Values[0]) {
			t.Errorf("a member's own points are shown: %v", f.Values)
		}
	}
}

// What makes too many mails is named, and so is what can't be tried out.
func TestTooManyFacesAreRefused(t *testing.T) {
	t.Parallel()
	var chain, many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&chain, `{{%s member.city == "c%d"}}%d`, map[bool]string{true: "if", false: "else if"}[i == 0], i, i)
		fmt.Fprintf(&many, `<p>{{if member.points > %d}}x{{end}}<p>{{if member.city == "%d"}}y{{end}}`, i, i)
	}
	chain.WriteString("{{end}}")
	sets := ""
	for i := range 5 {
		sets += fmt.Sprintf(`{{if member.likes contains "%[1]d" or member.city contains "%[1]d"}}x{{end}} `, i)
		sets += fmt.Sprintf(`{{if member.likes contains "%[1]d" or member.city contains "%[1]d"}}x{{end}} `, i+5)
	}
	for name, text := range map[string]string{"a long chain": chain.String(), "many": many.String(), "intricate": sets} {
		started := time.Now()
		found, err := Of(outline(t, text), nil, nil)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %d faces, %v", name, len(found), err)
		}
		if took := time.Since(started); took > 5*time.Minute {
			t.Errorf("%s: it took %s", name, took)
		}
		t.Logf("%s: %v", name, err)
	}
}

// Of an audience of many kinds, all that occurs is shown, however many there are.
func TestMoreKindsOfMembersThanAreKept(t *testing.T) {
	t.Parallel()
	text := ""
	for i := range 14 {
		text += fmt.Sprintf(`<p>{{if member.likes contains "%c"}}x{{end}}`, 'a'+i)
	}
	tally := NewTally(outline(t, text))
	for n := range 1 << 14 {
		var set []string
		for i := range 14 {
			if n>>i&1 == 1 {
				set = append(set, fmt.Sprintf(`"%c"`, 'a'+i))
			}
		}
		tally.Add([]string{"[" + strings.Join(set, ",") + "]"}, 1)
	}
	if len(tally.kinds) > mostKinds+1000 || len(tally.seen) != 14*2+14*13/2*4 {
		t.Errorf("%d kinds kept, %d things seen", len(tally.kinds), len(tally.seen))
	}
	if n := tally.Members(lang.Branch{Choice: 3, Outcome: 0}); n != 1<<13 {
		t.Errorf("%d members of a branch", n)
	}
}
