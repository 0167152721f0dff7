package lang

import (
	"slices"
	"strings"
	"testing"
)

// built returns the pieces of a text of a mail, in which addresses may stand.
func built(t *testing.T, scope *Scope, text string) []Piece {
	t.Helper()
	report := &findings{}
	s := NewSource("", text, false, scope, report)
	b := NewBuilder(scope, report)
	place := b.NewPlace()
	for rest := s.Text; ; {
		before, n, after := CutMark(rest)
		b.Add(before)
		if n < 0 {
			break
		}
		b.Tag(s, n, EscapeHTML, place)
		rest = after
	}
	b.CloseIfs(0)
	if len(report.failed) > 0 {
		t.Fatalf("%s: %v", text, report.failed)
	}
	return b.Pieces
}

// TestAnOutlineHasEachChoiceOnce: ifs that ask the same are one, wherever they
// stand, and those of one block of text belong together.
func TestAnOutlineHasEachChoiceOnce(t *testing.T) {
	t.Parallel()
	scope := testScope("nl")
	subject := built(t, scope, "{{if member.vip}}Voor jou{{else}}Actie{{end}}")
	body := built(t, scope, `<p>{{if member.points > 5}}{{if member.city}}a{{end}}{{else if member.points > 1}}b{{else}}c{{end}}</p>`+
		`<p>{{if member.vip}}d{{end}}</p><p>{{if member.first_name}}e{{end}}</p>`)
	o := NewOutline(scope, 2, OutlineText{0, subject}, OutlineText{-1, body})
	var texts []string
	for i := range o.Choices {
		texts = append(texts, o.Choices[i].Text())
	}
	want := []string{"", "member.vip", "member.points > 5, member.points > 1", "member.city", "member.first_name"}
	if !slices.Equal(texts, want) {
		t.Fatalf("the choices are %q", texts)
	}
	if got := []int{o.Choices[0].Outcomes(), o.Choices[1].Outcomes(), o.Choices[2].Outcomes()}; !slices.Equal(got, []int{2, 2, 3}) {
		t.Errorf("they come to %v", got)
	}
	if o.Choices[2].Group != o.Choices[3].Group || o.Choices[2].Group == o.Choices[4].Group || o.Choices[0].Group != -1 ||
		o.Choices[1].Group == o.Choices[4].Group {
		t.Errorf("%+v", o.Choices)
	}
	for n, around := range map[int][]int{0: nil, 1: {0}, 2: nil, 3: {2}, 4: nil} {
		if got := o.Around(n); !slices.Equal(got, around) {
			t.Errorf("around %s stand %v", texts[n], got)
		}
	}
	asked := o.Asked()
	var names []string
	for _, n := range asked {
		names = append(names, o.Fields[n])
	}
	if slices.Sort(names); !slices.Equal(names, []string{"city", "first_name", "points", "vip"}) || len(o.Types) != len(o.Fields) {
		t.Errorf("asked for are %v of %v", names, o.Fields)
	}
	if o.Codes != 0 {
		t.Errorf("a member brings %d codes", o.Codes)
	}
}

// TestAVectorSaysWhatAMemberGets: a choice doesn't matter where another keeps it
// from being shown.
func TestAVectorSaysWhatAMemberGets(t *testing.T) {
	t.Parallel()
	scope := testScope("nl")
	body := built(t, scope, `{{if member.points > 5}}{{if member.city}}a{{end}}{{else if member.points > 1}}b{{else}}c{{end}}`)
	only := built(t, scope, "{{if member.vip}}x{{end}}")
	o := NewOutline(scope, 2, OutlineText{-1, body}, OutlineText{1, only})
	for _, try := range []struct {
		values  map[string]string
		variant int
		vector  []int
		said    string
	}{
		{map[string]string{"points": "9", "city": "Zeist"}, 0, []int{0, 0, 0, Unreached}, "member.points > 5; member.city"},
		{map[string]string{"points": "9"}, 1, []int{1, 0, 1, 1}, "member.points > 5; not (member.city); not (member.vip)"},
		{map[string]string{"points": "3", "city": "Zeist", "vip": "true"}, 1, []int{1, 1, Unreached, 0},
			"member.points > 1; member.vip"},
		{map[string]string{}, 0, []int{0, 2, Unreached, Unreached}, "not (member.points > 5, member.points > 1)"},
	} {
		r := recipient(scope, try.values)
		got := o.Vector(r, try.variant)
		if !slices.Equal(got, try.vector) || o.Say(got) != try.said {
			t.Errorf("%v of variant %d come to %v: %s", try.values, try.variant, got, o.Say(got))
		}
		part := []int{1, 2}
		some := o.Outcomes(r, try.variant, part)
		if some[1] != got[1] || some[2] != got[2] || some[0] != Unreached || some[3] != Unreached {
			t.Errorf("of some of these they are %v", some)
		}
	}
}

// TestLinksCarryValues: an address has a member's values where their tags stand, and
// none of them changes what the rest says.
func TestLinksCarryValues(t *testing.T) {
	t.Parallel()
	scope := testScope("nl")
	value := func(tag string) *Value { return built(t, scope, tag)[0].Value }
	city, points := value("{{member.city}}"), value("{{member.points}}")
	plain := Link{URL: "https://x.nl/?a=1&b=2"}
	personal := Link{URL: "https://x.nl/{{member.city}}?p={{member.points}}", Values: []*Value{city, points},
		Parts: []string{"https://x.nl/", "?p=", ""}}
	r := recipient(scope, map[string]string{"city": "Zeist/../?x=&#é", "points": "7"})
	if plain.Personal() || plain.Target(r) != plain.URL {
		t.Errorf("one for all leads to %s", plain.Target(r))
	}
	if got := personal.Target(r); !personal.Personal() || !strings.HasPrefix(got, "https://x.nl/Zeist%2F..%2F%3Fx%3D%26%23%C3%A9?p=7") {
		t.Errorf("one of a member's leads to %s", got)
	}
	values := appendValues(nil, personal.Values, r)
	for name, bad := range map[string][]byte{
		"none": nil, "one too few": values[:len(values)-2], "one too many": append(slices.Clone(values), 1, 'x'), "no length": {0xFF},
		"too long a one": {200, 'x'},
	} {
		if got, ok := AppendAddress([]byte("before "), personal.Parts, bad); ok || string(got) != "before " {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
	p := Piece{Kind: Show, Value: LinkAddress(3, city, points)}
	if within := p.Within(); len(within) != 2 || within[0].Value != city || within[1].Escape != EscapeURL {
		t.Errorf("its address carries %+v", within)
	}
	if n := p.Numbered(5); n.Link() != 5 || len(n.Within()) != 2 || p.Link() != 3 {
		t.Errorf("it is link %d now, and was %d", n.Link(), p.Link())
	}
	if (Piece{Kind: Show, Value: city}).Within() != nil {
		t.Error("a field carries values in its address")
	}
}

// TestEachIsWrittenOut once for every item, with its own names; what can't be
// followed is told.
func TestEachIsWrittenOut(t *testing.T) {
	t.Parallel()
	items := func(scope *Scope, n int) (all []Item) {
		for i := range n {
			key := string(rune('a' + i))
			all = append(all, Item{
				Key: key, Scope: scope.Within(key, map[string]string{"offer.heading": "Kop " + key}),
				Texts: map[string]string{"offer.text": "Dag {{member.city}} " + key},
			})
		}
		return all
	}
	unroll := func(text string, n int) (string, *findings) {
		scope, report := testScope("nl"), &findings{}
		s := NewSource("", text, false, scope, report)
		s.Unroll(items(scope, n))
		said := ""
		for rest := s.Text; ; {
			before, n, after := CutMark(rest)
			said += before
			if n < 0 {
				return said, report
			}
			switch p := s.Tag(n); p.Kind {
			case Enter:
				said += "<" + string(p.Text)
			case Leave:
				said += ">"
			case If, End:
				said += "?"
			default:
				if fixed, is := p.Value.Fixed(); is {
					said += string(fixed)
				} else {
					said += "…"
				}
			}
			rest = after
		}
	}
	for text, want := range map[string]string{
		"x {{each offer in placements}}{{offer.heading}}, {{end}}y":                            "x <aKop a, ><bKop b, >y",
		"{{each offer in placements}}{{offer.text}}{{end}}":                                    "<aDag … a><bDag … b>",
		"{{each offer in placements}}{{if member.vip}}x{{end}}{{end}}{{if member.vip}}{{end}}": "<a?x?><b?x?>??",
		"{{each  offer in placements}}x{{end}}{{each offer in placements}}y{{end}}":            "<ax><bx><ay><by>",
		"{{member.city}}{{each offer in placements}}x{{end}}":                                  "…<ax><bx>",
		"no each": "no each",
	} {
		if got, report := unroll(text, 2); got != want || len(report.failed) > 0 {
			t.Errorf("%s is %s, %v", text, got, report.failed)
		}
	}
	if got, report := unroll("a{{each offer in placements}}{{offer.heading}}{{end}}b", 0); got != "ab" || len(report.failed) > 0 {
		t.Errorf("of nothing it is %s, %v", got, report.failed)
	}
	for text, code := range map[string]string{
		"{{each offer in placements}}x": "no_end", "{{each x in y}}{{end}}": "each_form",
		"{{each offer in placements}}{{each offer in placements}}{{end}}{{end}}": "each_nested",
	} {
		if _, report := unroll(text, 2); len(report.failed) == 0 || !strings.Contains(strings.Join(report.failed, " "), code) {
			t.Errorf("%s is told as %v", text, report.failed)
		}
	}
	many := "{{each offer in placements}}" + strings.Repeat("{{offer.heading}}", 400) + "{{end}}"
	if _, report := unroll(many, 25); len(report.failed) != 1 ||
		!strings.Contains(report.failed[0], "each_size") {
		t.Errorf("too many tags are told as %v", report.failed)
	}
}

// TestPlacesOfWhatIsWrittenOut are those of the source, in each turn and behind them.
func TestPlacesOfWhatIsWrittenOut(t *testing.T) {
	t.Parallel()
	const text = "head\n{{each offer in placements}}\nturn {{offer.heading}} rest\n{{end}} tail {{member.city}} last"
	scope := testScope("nl")
	s := NewSource("html", text, false, scope, &findings{})
	var items []Item
	for _, key := range []string{"a", "b"} {
		items = append(items, Item{Key: key, Scope: scope.Within(key, map[string]string{"offer.heading": "Kop"})})
	}
	s.Unroll(items)
	for _, word := range []string{"head", "turn", "rest", "tail", "last"} {
		want, from := PositionAt("html", text, strings.Index(text, word)), 0
		for strings.Contains(s.Text[from:], word) {
			at := from + strings.Index(s.Text[from:], word)
			if got := s.Position(at); got != want {
				t.Errorf("%s at %d stands at %+v, not %+v", word, at, got, want)
			}
			from = at + len(word)
		}
		if from == 0 {
			t.Errorf("there is no %s", word)
		}
	}
}
