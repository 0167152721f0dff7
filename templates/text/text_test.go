package text

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"keur/templates/lang"
)

// reporter counts faults.
type reporter struct{ failed int }

func (r *reporter) Warn(lang.Position, string, string, ...any) {}
func (r *reporter) Fail(lang.Position, string, string, ...any) { r.failed++ }

// urls writes addresses that say what they are.
type urls struct{ lang.URLs }

func (urls) AppendLink(dst []byte, link int, _ []byte) []byte {
	return strconv.AppendInt(append(dst, "L"...), int64(link), 10)
}
func (urls) AppendUnsubscribe(dst []byte) []byte { return append(dst, "U"...) }

// document is markup, taken apart.
type document struct {
	pieces []lang.Piece
	scope  *lang.Scope
	links  []lang.Link
	failed int
}

var address = regexp.MustCompile(`\[([0-9])\]`)

// read takes markup apart, in which [0] stands for the address of link 0.
func read(source string) document {
	r := &reporter{}
	d := document{links: make([]lang.Link, 10)}
	for i := range d.links {
		d.links[i] = lang.Link{Index: i, URL: "https://a.nl/" + strconv.Itoa(i)}
	}
	d.scope = lang.NewScope("nl", map[string]string{"label.imprint": "Zuinig B.V.\nDamrak 1"},
		map[string]lang.FieldType{"first_name": lang.Text, "points": lang.Number, "vip": lang.Bool})
	s := lang.NewSource("", source, false, d.scope, r)
	b := lang.NewBuilder(d.scope, r)
	escape := lang.EscapeHTML
	for rest := s.Text; rest != ""; {
		before, n, after := lang.CutMark(rest)
		done := 0
		for _, m := range address.FindAllStringSubmatchIndex(before, -1) {
			b.Add(before[done:m[0]])
			link, _ := strconv.Atoi(before[m[2]:m[3]])
			b.Value(lang.LinkAddress(link), lang.Position{}, lang.EscapeAttribute)
			done = m[1]
		}
		b.Add(before[done:])
		if n < 0 {
			break
		}
		if open, end := strings.LastIndex(before, "<"), strings.LastIndex(before, ">"); open > end {
			escape = lang.EscapeAttribute
		} else if end >= 0 {
			escape = lang.EscapeHTML
		}
		if kind := s.Tag(n).Kind; kind == lang.Placements {
			r.failed++
		} else {
			b.Tag(s, n, escape, 0)
		}
		rest = after
	}
	b.CloseIfs(0)
	d.pieces, d.failed = lang.Prune(b.Pieces), r.failed
	return d
}

// show returns what a member with the values reads of the pieces.
func (d document) show(pieces []lang.Piece, values map[string]string) string {
	r := &lang.Recipient{}
	for _, name := range d.scope.Fields() {
		r.Values = append(r.Values, values[name])
	}
	return string(lang.Compile(pieces, nil).Append(nil, r, urls{}, func(dst []byte, start int, escape lang.Escaping, foreign bool) []byte {
		return lang.Rewrite(dst, start, func(dst, value []byte) []byte { return lang.AppendEscaped(dst, value, escape, foreign) })
	}))
}

// TestPart reads markup as somebody does who sees no HTML.
func TestPart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, want string }{
		{"", ""},
		{"<p>een</p><p>twee</p>", "een\n\ntwee"},
		{"<h1>Kop</h1>een <b>vet</b>  woord<br>en<br><br>meer", "Kop\n\neen vet woord\nen\n\nmeer"},
		{"een<br><br><br><br>twee", "een\n\ntwee"},
		{"<div>een</div><div>twee</div>drie", "een\ntwee\ndrie"},
		{"<ul><li>een</li><li>twee <ul><li>drie</li></ul></li></ul>", "- een\n- twee\n\n  - drie"},
		{"<table><tr><td>een</td><td>twee</td></tr><tr><th>drie</th></tr></table>", "een twee\ndrie"},
		{`<img src="https://a.nl/x.png" alt="een plaatje" width="1">`, "een plaatje"},
		{`<a href="[0]">hier</a>.`, "hier (L0)."},
		{`<a href="[0]">hier</a> en daar`, "hier (L0) en daar"},
		{`<a href="[0]"><img src="https://a.nl/x.png" alt="" width="1"></a>`, "(L0)"},
		{`<a href="[0]"> </a><a href="[1]" style="mso-hide:all">Kies je reis</a>`, "Kies je reis (L1)"},
		{`<map>zie <area href="[0]" alt="links"><area href="[1]" alt="rechts"></map>`, "zie links (L0) rechts (L1)"},
		{`<a href="https://a.nl/?q={{member.first_name}}&amp;copy=1&copy=2">hier</a>`, "hier (https://a.nl/?q=Jan&copy=1&copy=2)"},
		{`<a href="mailto:a@b.nl?subject=een  vraag">hier</a>`, "hier (mailto:a@b.nl?subject=een%20%20vraag)"},
		{"می‌خواهم 👩‍🚀&zwnj;&nbsp;&zwnj;&nbsp;&zwj; x", "می‌خواهم 👩‍🚀 x"},
		{`<a href="mailto:a@b.nl">a@b.nl</a> <a href="tel:+3120">bel ons</a> <a href="#x">op</a> <a name="y">z</a>`, "a@b.nl bel ons (tel:+3120) op z"},
		{`<a href="{{unsubscribe_url}}">Afmelden</a>`, "Afmelden (U)"},
		{`<a href="https://a.nl/{{member.first_name}}">hier</a>`, "hier (https://a.nl/Jan)"},
		{`<div style="display: none">weg</div><div hidden>weg</div><span class="a preheader b">weg</span>er`, "er"},
		{`<div style="display:none;mso-hide: all">weg</div><div style="VISIBILITY: hidden">weg</div><p class="preheaders">er</p>`, "er"},
		{`<ol><li>een<li>twee</ol><ol start="3"><li>drie<li value="9">negen<li>tien</ol>`, "1. een\n2. twee\n\n3. drie\n9. negen\n10. tien"},
		{`<ol type="a"><li>een</ol><ol><li>twee{{if member.vip}}<li>vip{{end}}</ol>`, "- een\n\n- twee"},
		{"<p>Nu € 5<sup>99</sup>, was € 12<sup>95</sup></p>", "Nu € 5⁹⁹, was € 12⁹⁵"},
		{`<p>€ 5<span style="font-size: 60%; vertical-align: super">99</span> 1<sup>e</sup> m<sup>2</sup> H<sub>2</sub>O</p>`, "€ 5⁹⁹ 1e m² H₂O"},
		{"<p>Van <s>€ 20</s> voor <b>€ 15</b></p>", "Van (was € 20) voor € 15"},
		{"<p>€ 15<del>€ 20</del>, <strike> € 30 </strike>€ 25</p>", "€ 15 (was € 20), (was € 30) € 25"},
		{`<span style="color:red;text-decoration : line-through"><p>een</p><p>twee</p></span>drie`, "(was een\n\ntwee)\n\ndrie"},
		{`<s style="text-decoration: none">een</s> <s>a<s>b</s></s> <s></s><s><i> </i></s>.`, "een (was ab) ."},
		{`<s>{{if member.vip}}a{{else}}b{{end}}</s>{{member.first_name}}`, "(was b) Jan"},
		{`<td>{{if member.first_name}}<s>{{member.first_name}}</s>{{end}} nu</td>`, "(was Jan) nu"},
		{"<p>{{member.first_name}}<sup>{{member.first_name}}</sup></p>", "Jan Jan"},
		{"<title>weg</title><style>weg</style>er<script>weg</script><noscript>lees</noscript>", "erlees"},
		{"<!-- weg -->er<!--[if mso]>weg<![endif]-->", "er"},
		{"een&nbsp;twee &amp; drie&zwnj; &shy;vier", "een twee & drie vier"},
		{"een &zwnj; twee", "een twee"},
		{"een<hr>twee", "een\n\n---\n\ntwee"},
		{"<p>{{label.imprint}}</p>", "Zuinig B.V.\nDamrak 1"},
		{"<p>Dag{{if member.first_name}} {{member.first_name}}{{end}}, hoi</p>", "Dag Jan, hoi"},
		{"<p>Dag{{if member.points > 3}} rijkaard{{end}}, hoi</p>", "Dag, hoi"},
		{"<p>een</p>{{if member.first_name}}<p>twee</p>{{end}}<p>drie</p>", "een\n\ntwee\n\ndrie"},
		{"<p>een</p>{{if member.points > 3}}<p>twee</p>{{else}}<p>vier</p>{{end}}<p>drie</p>", "een\n\nvier\n\ndrie"},
		{"<p>een</p>{{if member.points > 3}}<p>twee</p>{{else if member.vip}}<p>vijf</p>{{else}}<p>vier</p>{{end}}<p>drie</p>",
			"een\n\nvier\n\ndrie"},
		{"<table>{{if member.first_name}}<tr><td>een</td></tr>{{end}}{{if member.points > " +
			"3}}<tr><td>twee</td></tr>{{end}}<tr><td>drie</td></tr></table>", "een\ndrie"},
		{`<img src="https://a.nl/x.png" width="1" alt="{{if member.vip}}vip{{else}}voor {{member.first_name}}{{end}}">`, "voor Jan"},
		{"{{if member.first_name}}een<div hidden>weg{{else}}weg</div>twee{{end}}drie", "eendrie"},
		{"een<div hidden>{{if member.points > 3}}weg{{end}}{{if member.vip}}</div>twee{{else}}vier{{end}}", "eenvier"},
		{"een<div hidden>{{if member.vip}}a{{else}}b{{end}}</div>twee", "eentwee"},
		{".een<br>.twee", ".een\n.twee"},
		{`<a href="[0]">hier </a>en <a href="[1]">daar<br></a>verder`, "hier (L0) en daar (L1)\nverder"},
		{`<a href="[0]"><h2>Kop</h2></a>tekst<p>eerst</p><a href="[1]"><img src="https://a.nl/x.png"></a>`, "Kop (L0)\n\ntekst\n\neerst\n\n(L1)"},
		{`<a style="display: block" href="[0]">een</a><a style="display:inline-block" href="[1]">twee</a>drie`, "een (L0)\ntwee (L1) drie"},
		{`<span style="display:block">een</span><div style="display:inline">twee</div> <p style="display:inline">drie</p>`, "een\ntwee drie"},
		{"12&#8239;<b>km</b>&ensp;<i>ver</i>", "12 km ver"},
		{"<a href=\"https://a.nl/a&#13;b&#160;c&#9;d&#10;e\">hier</a>", "hier (https://a.nl/ab%C2%A0cde)"},
		{`<a href="MAILTO:a@b.nl">a@b.nl</a>`, "a@b.nl"},
		{"<div style=\"display:\n\tnone\">weg</div>er<p style='font-size:.0em'>weg</p><p style='font-size:0%'>weg</p>", "er"},
		{`<p style="display:none;display:block">er</p><p style="display:none !important;display:block">weg</p>`, "er"},
		{"<pre>een\n\n  twee <span style='white-space:normal'>drie\nvier</span></pre><p style='white-space: pre-line'>vijf\nzes</p>",
			"een\n\ntwee drie vier\n\nvijf\nzes"},
		{"<ul><li><p>een</p></li><li> twee<li></li><li><ul><li>drie</ul></ul>vier", "- een\n\n- twee\n- \n- - drie\n\nvier"},
		{"<ul><li>{{if member.vip}}<p>een</p>{{else}}<p>twee</p>{{end}}<li>drie</ul>", "- twee\n\n- drie"},
	} {
		d := read(test.source)
		part, err := Part(d.pieces, d.links, "nl")
		if err != nil || d.failed > 0 {
			t.Errorf("%s: %v, %d faults", test.source, err, d.failed)
			continue
		}
		if got := strings.TrimSpace(d.show(part, map[string]string{"first_name": "Jan"})); got != test.want {
			t.Errorf("%s reads\n%q, not\n%q", test.source, got, test.want)
		}
	}
}

// TestLinkTexts notes what the reader clicks on, and leaves out a link that the
// same block has again further down.
func TestLinkTexts(t *testing.T) {
	t.Parallel()
	const source = `<a href="[0]"><img alt="Een plaatje"></a><h2><a href="[1]">Een {{member.first_name}} kop</a></h2><a href="[2]">Kijk</a>`
	for _, test := range []struct {
		name, source string
		change       func([]lang.Link)
		want         string
	}{
		{"one block", source, func([]lang.Link) {}, "Een plaatje\n\nEen Jan kop\n\nKijk (L2)"},
		{"no block", source, func(links []lang.Link) { links[0].Placement, links[1].Placement = "", "" },
			"Een plaatje (L0)\n\nEen Jan kop (L1)\n\nKijk (L2)"},
		{"other blocks", source, func(links []lang.Link) { links[0].Placement = "b" }, "Een plaatje (L0)\n\nEen Jan kop\n\nKijk (L2)"},
		{"other addresses", source, func(links []lang.Link) { links[1].URL = "https://b.nl" },
			"Een plaatje\n\nEen Jan kop (L1)\n\nKijk (L2)"},
		{"behind an if", `<a href="[0]">een</a>{{if member.vip}}<a href="[1]">twee</a>{{end}}`, func([]lang.Link) {}, "een (L0)"},
	} {
		d := read(test.source)
		for i := range d.links {
			d.links[i].URL, d.links[i].Placement = "https://a.nl", "a"
		}
		test.change(d.links)
		part, err := Part(d.pieces, d.links, "nl")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(d.show(part, map[string]string{"first_name": "Jan"})); got != test.want {
			t.Errorf("%s: it reads %q, not %q", test.name, got, test.want)
		}
		if test.source == source && (d.links[0].Text != "Een plaatje" || d.links[1].Text != "Een … kop" || d.links[2].Text != "Kijk") {
			t.Errorf("%s: the links are %+v", test.name, d.links[:3])
		}
	}
}

// TestHiddenPieces leaves out what is for Outlook alone, and what no person sees.
func TestHiddenPieces(t *testing.T) {
	t.Parallel()
	pieces := []lang.Piece{
		{Kind: lang.Top}, lang.StaticPiece("een"), {Text: []byte("weg"), Hidden: true},
		{Kind: lang.Show, Value: lang.PixelAddress(), Hidden: true}, lang.StaticPiece(" twee"), {Kind: lang.Bottom},
	}
	part, err := Part(pieces, nil, "nl")
	if err != nil || len(part) != 1 || string(part[0].Text) != "een twee" {
		t.Errorf("%v, %v", part, err)
	}
}

// TestCrossedIfs refuses what a browser would put into another order.
func TestCrossedIfs(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"<table>{{if member.vip}}<tr><td>een</td></tr><b>{{end}}</b></table>",
		"<table><tr>{{if member.vip}}<td>een</td><p>{{else}}</p>{{end}}</tr></table>",
		"<title>{{if member.vip}}</title>{{end}}",
	} {
		d := read(source)
		if _, err := Part(d.pieces, d.links, "nl"); err == nil {
			t.Errorf("%s is read", source)
		}
	}
}

// FuzzPart makes the text part of any markup. It is text, its ifs fit together,
// and it doesn't depend on what a member sees in the markup whether it can be
// read.
func FuzzPart(f *testing.F) {
	for _, s := range []string{
		"<p>een</p>", `<a href="[0]">x</a>`, "{{if member.vip}}<b>{{else}}</b>{{end}}", "<table>{{if member.vip}}<tr><td>a{{end}}</table>", "<ul><li>a<li>b",
		"<p hidden>{{if member.vip}}</p>{{else}}{{end}}", "<select>{{if member.vip}}<option>{{end}}</select>",
		"<plaintext>{{label.imprint}}", "<svg><a href='[1]'>{{member.first_name}}",
		"<frameset>{{if member.vip}}{{end}}", "<img alt='{{member.points}}'>", "<title>{{if member.vip}}</title>{{end}}",
		"\uE0001\uE001", "<template>{{if member.vip}}a{{end}}", "<a\n\nhref\n=\n'[2]'>x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		source = source[:min(len(source), 4000)]
		begin := time.Now()
		d := read(source)
		if d.failed > 0 {
			return
		}
		part, err := Part(d.pieces, d.links, "nl")
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("%q took %s", source, took)
		}
		if err != nil {
			return
		}
		depth := 0
		for _, p := range part {
			switch p.Kind {
			case lang.If:
				depth++
			case lang.End:
				depth--
			}
			if depth < 0 {
				t.Fatalf("%q has an end too many", source)
			}
		}
		if depth != 0 {
			t.Fatalf("%q has an if too many", source)
		}
		for _, values := range []map[string]string{nil, {"first_name": "Jan", "points": "4", "vip": "true"}} {
			out := d.show(part, values)
			if !utf8.ValidString(out) || strings.ContainsAny(out, "\uE000\uE001") || strings.Contains(out, "\n\n\n") &&
				!strings.Contains(source, "{{") {
				t.Errorf("%q reads %q", source, out)
			}
			if len(out) > 40*len(source)+1000 {
				t.Errorf("%d bytes came of %q", len(out), source)
			}
		}
	})
}
