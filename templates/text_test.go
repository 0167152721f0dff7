package templates

import (
	"strings"
	"testing"

	"keur/internal/fault"
)

// TestText reads markup as somebody does who sees no HTML.
func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, want string }{
		{"<p>een</p><p>twee</p>", "een\n\ntwee"},
		{"<h1>Kop</h1>een <b>vet</b>  woord<br>en<br><br>meer", "Kop\n\neen vet woord\nen\n\nmeer"},
		{"<ul><li>een</li><li>twee <ul><li>drie</li></ul></li></ul>", "- een\n- twee\n\n  - drie"},
		{"<table><tr><td>een</td><td>twee</td></tr><tr><td>drie</td></tr></table>", "een twee\ndrie"},
		{`<img src="https://a.nl/x.png" alt="een plaatje" width="1">`, "een plaatje"},
		{`<a href="https://a.nl">hier</a>.`, "hier (https://t.nl/c/0)."},
		{`<a href="https://a.nl"><img src="https://a.nl/x.png" alt="" width="1"></a>`, ""},
		{`<a href="mailto:a@b.nl">a@b.nl</a> <a href="tel:+3120">bel ons</a> <a href="#x">op</a>`, "a@b.nl bel ons (tel:+3120) op"},
		{`<div style="display: none">weg</div><div hidden>weg</div><span class="preheader">weg</span>er`, "er"},
		{"<title>weg</title><style>weg</style>er<script>weg</script>", "er"},
		{"<!--[if mso]>weg<![endif]--><!--[if !mso]><!-->er<!--<![endif]-->", "er"},
		{"een&nbsp;twee &amp; drie&zwnj; &shy;vier", "een twee & drie vier"},
		{"een<hr>twee", "een\n\n---\n\ntwee"},
		{"<p>{{label.imprint}}</p>", "Zuinig B.V.\nDamrak 1, Amsterdam"},
		{"<p>Dag{{if member.first_name}} {{member.first_name}}{{end}}, hoi</p>", "Dag Jan, hoi"},
		{"<p>Dag{{if member.points > 3}} rijkaard{{end}}, hoi</p>", "Dag, hoi"},
		{"<p>een</p>{{if member.first_name}}<p>twee</p>{{end}}<p>drie</p>", "een\n\ntwee\n\ndrie"},
		{"<p>een</p>{{if member.points > 3}}<p>twee</p>{{else}}<p>vier</p>{{end}}<p>drie</p>", "een\n\nvier\n\ndrie"},
		{"<table>{{if member.first_name}}<tr><td>een</td></tr>{{end}}{{if member.points > 3}}<tr><td>twee</td></tr>{{end}}<tr><td>drie</td></tr></table>", "een\ndrie"},
		{`<img src="https://a.nl/x.png" width="1" alt="{{if member.vip}}vip{{else}}voor {{member.first_name}}{{end}}">`, "voor Jan"},
		{"{{if member.first_name}}een<div hidden>weg{{else}}weg</div>twee{{end}}drie", "eendrie"},
		{"een<div hidden>{{if member.points > 3}}weg{{end}}{{if member.vip}}</div>twee{{else}}vier{{end}}", "eenvier"},
		{"een<div hidden>{{if member.vip}}a{{else}}b{{end}}</div>twee", "eentwee"},
		{".een<br>.twee", ".een\n.twee"},
	} {
		text := show(t, input(test.source+`<div>@@@</div>`+footer), map[string]string{"first_name": "Jan"}).Text
		got, _, _ := strings.Cut(text, "@@@")
		got = strings.ReplaceAll(strings.TrimSpace(got), "-preview-preview-preview-preview-", "")
		if got != test.want {
			t.Errorf("%s reads\n%q, not\n%q", test.source, got, test.want)
		}
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
		if _, _, err := compiler().Compile(t.Context(), input(source+footer)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", source, err)
		}
	}
}
