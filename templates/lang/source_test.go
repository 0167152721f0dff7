package lang

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMarksStandForTags(t *testing.T) {
	t.Parallel()
	report := &findings{}
	s := NewSource("preheader", "é {{label.name}}\r\n<b>{{ member.city | default &#34;x&#34; }}</b>\uE0007\uE001 {{end", false,
		testScope("nl"), report)
	if want := "é " + MarkOf(0) + "\n<b>" + MarkOf(1) + "</b>7 {{end"; s.Text != want {
		t.Errorf("the text is %q, not %q", s.Text, want)
	}
	if len(report.failed) != 1 || !strings.HasPrefix(report.failed[0], "preheader2:49 tag_not_closed") {
		t.Errorf("the end is %v", report.failed)
	}
	if at := s.TagPosition(1); at != (Position{"preheader", 2, 4}) {
		t.Errorf("the tag is at %v", at)
	}
	for part, want := range map[string]Position{"é": {"preheader", 1, 1}, "\n<b": {"preheader", 1, 17}, "b>": {"preheader", 2, 2},
		"/b": {"preheader", 2, 44}} {
		if got := s.Position(strings.Index(s.Text, part)); got != want {
			t.Errorf("%q is at %v, not %v", part, got, want)
		}
	}
	if at := s.Position(1000); at.Line != 2 {
		t.Errorf("what is behind the end is at %v", at)
	}
	if p := s.Tag(1); p.Kind != Show || p.Value.name != "member.city" {
		t.Errorf("tag 1 is %+v", p)
	}
	s.Replace("<p>" + MarkOf(1))
	if s.Position(0) != (Position{Part: "preheader"}) || s.TagPosition(1).Line != 2 || s.Text != "<p>"+MarkOf(1) {
		t.Error("what was generated has lines")
	}
	generated := NewSource("placement[a]", "\n{{label.name}}", true, testScope("nl"), report)
	if generated.TagPosition(0) != (Position{Part: "placement[a]"}) {
		t.Errorf("the tag of a generated text is at %v", generated.TagPosition(0))
	}
}

func TestCutMark(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, before string
		n            int
		after        string
	}{
		{"", "", -1, ""}, {"a", "a", -1, ""}, {"a" + MarkOf(12) + "b", "a", 12, "b"}, {MarkOf(0) + MarkOf(1), "", 0, MarkOf(1)},
		{"a\uE0001", "a\uE0001", -1, ""}, {"a\uE000x\uE001b", "a\uE000x\uE001b", -1, ""}, {"a\uE000\uE001", "a\uE000\uE001", -1, ""},
	} {
		before, n, after := CutMark(test.text)
		if before != test.before || n != test.n || after != test.after {
			t.Errorf("%q is cut to %q, %d, %q", test.text, before, n, after)
		}
	}
}

func TestTagEnd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"{{a}}": 5, "{{a}}b}}": 5, `{{"}}"}}b`: 8, `{{'}}'}}`: 8, `{{"'}}"}}`: 9, "{{a}": -1, "{{a": -1, "{{": -1, "{{}}": 4, "{{a\nb}}": 7,
		"{{a\n\nb}}": -1, "{{\"a\n\nb\"}}": -1, "{{a{{b}}": -1, `{{"{{"}}`: 8, "{{a}b}}": 7, "{{a{b}}": 7, "{{é}}": 6,
	} {
		if got := TagEnd(text); got != want {
			t.Errorf("%q ends at %d, not %d", text, got, want)
		}
	}
}

// TestBuilder builds a document, as what reads markup does.
func TestBuilder(t *testing.T) {
	t.Parallel()
	report, scope := &findings{}, testScope("nl").Within("a", nil)
	s := NewSource("", "{{if member.vip}}{{end}}{{label.imprint}}{{unsubscribe_url}}{{voucher}}{{if label.name}}{{member.birth_date}}",
		false, scope, report)
	b := NewBuilder(scope, report)
	text, attribute := b.NewPlace(), b.NewPlace()
	if text == attribute {
		t.Fatal("two places are one")
	}
	b.Add("<p>")
	b.Add("")
	b.Add("x")
	b.Tag(s, 0, EscapeHTML, text)
	b.Tag(s, 1, EscapeHTML, attribute)
	if len(report.failed) != 1 || !strings.Contains(report.failed[0], "if_crosses: the if of line 1 began in another place") {
		t.Errorf("an if that crosses: %v", report.failed)
	}
	b.Tag(s, 1, EscapeHTML, text)
	b.Tag(s, 2, EscapeHTML, text)
	b.Tag(s, 2, EscapeAttribute, text)
	b.Hidden = true
	b.Add("y")
	b.Tag(s, 3, EscapeAttribute, attribute)
	b.Tag(s, 4, EscapeHTML, text)
	b.Value(LinkAddress(7), Position{}, EscapeAttribute)
	b.Value(PixelAddress(), Position{}, EscapeAttribute)
	b.Value(HoneypotAddress(), Position{}, EscapeAttribute)
	b.Tag(s, 5, EscapeHTML, text)
	b.Tag(s, 6, EscapeURL, text)
	if b.OpenIfs() != 1 {
		t.Errorf("%d ifs are open", b.OpenIfs())
	}
	b.CloseIfs(0)
	if last := report.failed[len(report.failed)-1]; b.OpenIfs() != 0 || !strings.Contains(last, "no_end") {
		t.Errorf("an if without an end: %s", last)
	}
	if first := b.Pieces[0]; string(first.Text) != "<p>x" || first.Hidden {
		t.Errorf("the first piece is %+v", first)
	}
	var inText, hidden, links int
	for _, p := range b.Pieces {
		if p.InText {
			inText++
		}
		if p.Hidden {
			hidden++
		}
		if p.Link() == 7 {
			links++
		}
	}
	if inText != 4 || hidden != 8 || links != 1 {
		t.Errorf("%d pieces are in text, %d hidden, %d links", inText, hidden, links)
	}
	end := append(b.Pieces, Piece{Kind: Top}, Piece{Kind: End}, Piece{Kind: Bottom})
	out := string(Compile(end, nil).Append(nil, recipient(scope, map[string]string{"birth_date": "2000-01-02"}), testURLs{},
		func(dst []byte, start int, escape Escaping, _ bool) []byte {
			return Rewrite(dst, start, func(dst, value []byte) []byte { return AppendEscaped(append(dst, '|'), value, escape, false) })
		}))
	if want := "<p>xZuinig B.V.<br>Damrak &lt;1&gt;Zuinig B.V. Damrak " +
		"&lt;1&gt;y|https://t.nl/u|CODE-a|https://t.nl/c/7|https://t.nl/o|https://t.nl/h|2000-01-02"; out != want {
		t.Errorf("it reads\n%s, not\n%s", out, want)
	}
}

// TestAddresses says of each value whether it is an address, and whose.
func TestAddresses(t *testing.T) {
	t.Parallel()
	scope := testScope("nl").Within("a", nil)
	for name, want := range map[string]struct{ address, member, unsubscribes, fixed bool }{
		"unsubscribe_url": {true, false, true, false}, "preferences_url": {true, false, false, false},
		"view_url": {true, false, false, false},
		"voucher":  {false, true, false, false}, "member.city": {false, true, false, false}, "label.name": {false, false, false, true},
	} {
		v, err := scope.resolve(name)
		if err != nil {
			t.Fatal(err)
		}
		_, fixed := v.Fixed()
		if v.IsAddress() != want.address || v.OfMember() != want.member || v.Unsubscribes() != want.unsubscribes || fixed != want.fixed {
			t.Errorf("%s is something else", name)
		}
	}
	for want, v := range map[string]*Value{"https://t.nl/p": mustResolve(t, "preferences_url"),
		"https://t.nl/v": mustResolve(t, "view_url")} {
		if got := string(v.append(nil, &Recipient{}, testURLs{})); got != want {
			t.Errorf("got %s, not %s", got, want)
		}
	}
}

func mustResolve(t *testing.T, name string) *Value {
	t.Helper()
	v, err := testScope("nl").resolve(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestFinish checks what is said of each value, and that static text is encoded
// between them.
func TestFinish(t *testing.T) {
	t.Parallel()
	scope := testScope("nl")
	const text = "a{{label.name}}b{{member.first_name}}{{member.interests}}{{member.points}}c{{if member.vip}}d{{end}}"
	pieces := Line(NewSource("", text, false, scope, &findings{}), EscapePlain)
	pieces = append(pieces, Piece{Kind: Show, Value: LinkAddress(0)})
	steps := Compile(pieces, func(dst, text []byte) []byte { return append(append(append(dst, '<'), text...), '>') })
	got := string(steps.Append(nil, recipient(scope, jan()), testURLs{}, func(dst []byte, start int, escape Escaping, foreign bool) []byte {
		return fmt.Appendf(dst[:start], "[%s %d %v]", dst[start:], escape, foreign)
	}))
	want := `<aZuinigb>[jan willem 3 true][books, travel 3 true][1234.5 3 false]<c><d>[https://t.nl/c/0 0 false]`
	if got != want {
		t.Errorf("got\n%s, not\n%s", got, want)
	}
	if n := (Piece{Kind: Show, Value: mustResolve(t, "view_url")}).Link(); n != -1 {
		t.Errorf("an address that isn't counted is link %d", n)
	}
	if !LinkAddress(0).IsAddress() {
		t.Error("the address of a link isn't an address")
	}
}

// FuzzLine reads any text, whose tags are the language's, and renders what is
// fine: in time, within bounds, and the same whether it is pruned or not. What
// is wrong is found at a place that the text has.
func FuzzLine(f *testing.F) {
	for _, s := range []string{
		"", "Dag {{member.first_name | default \"lid\"}}", "{{if member.vip}}a{{else}}b{{end}}",
		"{{if label.empty}}a{{else if member.points > 3}}b{{end}}",
		"{{member.points | money \"EUR\"}}{{member.birth_date | date \"EEE d MMM\"}}", "{{", "}}", "{{if", "\uE0000\uE001",
		"{{if (member.city or not member.vip) and member.interests contains \"a\"}}{{voucher}}{{end}}",
		"é\n{{member.nope}}", "{{else}}", "{{end}}", "{{if member.vip}}{{if member.vip}}",
		"{{member.interests | title | upper | lower}}", "\r\n{{member.points | number 3}}", "{{member.city | default “x”}}",
	} {
		f.Add(s, "Jan", "5")
	}
	f.Add("{{member.first_name}}{{member.city | upper}}", "<é.nl>\xff", "1e15")
	f.Fuzz(func(t *testing.T, text, name, points string) {
		text = text[:min(len(text), 4000)]
		begin := time.Now()
		report, scope := &findings{}, testScope("de").Within("a", map[string]string{"campaign.name": name})
		pieces := Line(NewSource("", text, false, scope, report), EscapeHTML)
		checkPlaces(t, text, append(report.failed, report.warned...))
		if len(report.failed) > 0 {
			return
		}
		whole, pruned := Compile(pieces, nil), Compile(Prune(pieces), nil)
		for _, values := range []map[string]string{nil, jan(),
			{"first_name": name, "city": name, "points": points, "birth_date": points, "vip": points, "interests": name}} {
			r := recipient(scope, values)
			finish := func(dst []byte, start int, escape Escaping, foreign bool) []byte {
				return Rewrite(dst, start, func(dst, value []byte) []byte { return AppendEscaped(dst, value, escape, foreign) })
			}
			out := string(whole.Append(nil, r, testURLs{}, finish))
			if again := string(pruned.Append(nil, r, testURLs{}, finish)); again != out {
				t.Errorf("pruned, %q reads %q, not %q", text, again, out)
			}
			if !utf8.ValidString(out) || strings.ContainsAny(strings.ReplaceAll(out, "<br>", ""), "<>\uE000\uE001") {
				t.Errorf("%q reads %q", text, out)
			}
			if most := 60*len(text) + strings.Count(text, "{{")*(30*len(name+points)+200); len(out) > most {
				t.Errorf("%d bytes came of %q", len(out), text)
			}
		}
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("%q took %s", text, took)
		}
	})
}

// checkPlaces checks that each finding stands where the text has something.
func checkPlaces(t *testing.T, text string, found []string) {
	t.Helper()
	lines := strings.Split(Normalise(text), "\n")
	for _, f := range found {
		place, _, _ := strings.Cut(f, " ")
		line, column := 0, 0
		for i, c := range place {
			if c == ':' {
				line, column = atoi(place[:i]), atoi(place[i+1:])
			}
		}
		if line < 1 || line > len(lines) || column < 1 || column > utf8.RuneCountInString(lines[line-1]) {
			t.Errorf("%q: %s stands nowhere", text, f)
		}
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}
