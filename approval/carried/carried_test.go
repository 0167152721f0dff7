package carried

import (
	"strings"
	"testing"
	"time"

	"keur/mailings"
	"keur/templates"
	"keur/templates/lang"
)

const (
	client = 7 // whose verdict would carry
	source = `<html><head><title>Nieuws</title><style>.placement{color:#222}</style></head><body>
		<p>Dag {{if member.first_name}}{{member.first_name}}{{else}}daar{{end}}</p>{{placements}}
		<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p></body></html>`
)

type (
	content = mailings.Content
	placed  = mailings.Placement
)

// letter is a mailing of two advertisers, of whom the second is another one.
func letter() *mailings.Content {
	hash := strings.Repeat("ab", 32)
	return &mailings.Content{
		Label: mailings.LabelFacts{
			Code: "z", Name: "Zuinig", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://mail.zuinig.example",
			ImprintName: "Zuinig B.V.", ImprintAddress: "Damrak 1, Amsterdam",
		},
		Kind: mailings.Newsletter, Subjects: []mailings.Subject{{Key: "a", Text: "Deze week", Weight: 1}},
		Template: mailings.Template{Format: templates.HTML, Source: source},
		Fields:   map[string]lang.FieldType{"first_name": lang.Text, "points": lang.Number},
		Placements: []mailings.Placement{
			{Key: "zon", CampaignID: 1, Campaign: "Zon", AdvertiserID: client, Advertiser: "Zonvakantie",
				Heading: "Winterzon", Text: "Nu weg.",
				Button: "Bekijk", URL: "https://zon.example/"},
			{Key: "fiets", CampaignID: 2, Campaign: "Fiets", AdvertiserID: 8, Advertiser: "Fietshuis",
				Heading: "Fietsen",
				Text:    "Vanaf € 299.\nNu.", Button: "Kijk", URL: "https://fiets.example/?a=1&b=2", VoucherPoolID: 3, Alt: "Een fiets",
				Creative: hash, CreativeURL: "https://mail.zuinig.example/i/" + hash, CreativeWidth: 600, CreativeHeight: 200,
				Terms: []mailings.Term{{Kind: "CPS", BasisPoints: 800, Currency: "EUR"}}},
		},
	}
}

func refusal(t *testing.T, c *templates.Compiler, before, after *mailings.Content) Reason {
	t.Helper()
	why, err := Refusal(t.Context(), c, before, after, client)
	if err != nil {
		t.Fatal(err)
	}
	return why
}

// TestOthersValuesCarry: each value of another's placement may say something else of
// its kind, whatever characters escaping has to deal with, and nothing else may.
func TestOthersValuesCarry(t *testing.T) {
	t.Parallel()
	c := templates.NewCompiler(time.Minute)
	other := strings.Repeat("cd", 32)
	for name, test := range map[string]struct {
		change func(c *content, own, other *placed)
		want   Reason
	}{
		"nothing": {func(*mailings.Content, *mailings.Placement, *placed) {}, ""},
		"a heading": {func(_ *content, _, p *placed) {
			p.Heading = `Fietsen & "meer" voor ‘nu’ – 50%`
		}, ""},
		"a text":   {func(_ *content, _, p *placed) { p.Text = "Vanaf € 249,  en meer.\nVandaag." }, ""},
		"a button": {func(_ *content, _, p *placed) { p.Button = "Ga" }, ""},
		"an alt":   {func(_ *content, _, p *placed) { p.Alt = "Twee 'fietsen'" }, ""},
		"a link":   {func(_ *content, _, p *placed) { p.URL = "https://elders.example/x?c=3&d=4#e" }, ""},
		"a picture": {func(_ *content, _, p *placed) {
			p.Creative, p.CreativeURL = other, "https://mail.zuinig.example/i/"+other
		}, ""},
		"a pool":    {func(_ *content, _, p *placed) { p.VoucherPoolID = 4 }, ""},
		"its terms": {func(_ *content, _, p *placed) { p.Terms = nil }, ""},
		"all of them": {func(_ *content, _, p *placed) {
			p.Heading, p.Text, p.Button, p.URL, p.Alt = "Nieuw", "Een.\nTwee.", "Ga", "https://e.example/", "Zadel"
		}, ""},

		"one's own text":        {func(_ *content, own, _ *placed) { own.Text = "Nu niet." }, Own},
		"one's own terms":       {func(_ *content, own, _ *placed) { own.Terms = []mailings.Term{{Kind: "CPC"}} }, Own},
		"the subject":           {func(c *content, _, _ *placed) { c.Subjects[0].Text = "Anders" }, Own},
		"the imprint":           {func(c *content, _, _ *placed) { c.Label.ImprintName = "Ander B.V." }, Own},
		"whose placement it is": {func(_ *content, own, p *placed) { own.AdvertiserID, p.AdvertiserID = 8, client }, Own},
		"their order":           {func(_ *content, own, p *placed) { *own, *p = *p, *own }, Own},
		"the other's campaign":  {func(_ *content, _, p *placed) { p.Campaign = "Anders" }, Own},
		"the other's own block": {func(_ *content, _, p *placed) { p.HTML = "<p>Anders</p>" }, Own},

		"no button":        {func(_ *content, _, p *placed) { p.Button = "" }, Shape},
		"no link":          {func(_ *content, _, p *placed) { p.URL = "" }, Shape},
		"no code":          {func(_ *content, _, p *placed) { p.VoucherPoolID = 0 }, Shape},
		"a line more":      {func(_ *content, _, p *placed) { p.Text += "\nMeer." }, Shape},
		"a line made none": {func(_ *content, _, p *placed) { p.Text = "Vanaf.\n" }, Shape},
		"a long text":      {func(_ *content, _, p *placed) { p.Text = strings.Repeat("woord ", 100) + "\nNu." }, Shape},
		"a higher picture": {func(_ *content, _, p *placed) {
			p.Creative, p.CreativeURL, p.CreativeHeight = other, "https://mail.zuinig.example/i/"+other, 4000
		}, Shape},
		"a picture of elsewhere": {func(_ *content, _, p *placed) { p.CreativeURL = "https://e.example/x.png" }, Shape},
		"a script for a link":    {func(_ *content, _, p *placed) { p.URL = "javascript:alert(1)" }, Letters},
		"a tag in a link":        {func(_ *content, _, p *placed) { p.URL = "https://e.example/{{today}}" }, Letters},
	} {
		after := letter()
		test.change(after, &after.Placements[0], &after.Placements[1])
		if why := refusal(t, c, letter(), after); why != test.want {
			t.Errorf("%s: %q, not %q", name, why, test.want)
		}
	}
}

// TestWhatMayLookLikeSomethingElse: text that is more than letters from left to right.
func TestWhatMayLookLikeSomethingElse(t *testing.T) {
	t.Parallel()
	c := templates.NewCompiler(time.Minute)
	for _, heading := range []string{
		"<b>Fietsen</b>", "Fietsen </td></tr>", "Fietsen &lt;b&gt;", "Fietsen &amp;lt;",
		"Fietsen {{if member.points}}", "Fietsen }}",
		"Fietsen \u202e negas", "Fietsen \u2066 x", "Fiet\u200bsen", "Fiet\u00adsen", "Fietsen \ufeff",
		"אופניים", "دراجات", "\u0301Fietsen",
		"Fie\u0301\u0302\u0303tsen", "Fietsen\x00", "Fietsen\t", "\ue000", "…", strings.Repeat("x", 41), "Fietsen " + mark, "Fiet\xffsen",
		"Fietsen <!-- ", "Fietsen <style>td{display:none}", "Fietsen &#x202e;&#60;b&#62;",
	} {
		after := letter()
		after.Placements[1].Heading = heading
		if why := refusal(t, c, letter(), after); why != Letters {
			t.Errorf("%q: %q", heading, why)
		}
	}
}

// TestTemplatesThatDoMoreWithAValue: where what another's placement says decides
// something, stands where programs read it, or can be told by a style sheet, the
// verdict doesn't carry; where it is just shown, by a template of one's own, it does.
func TestTemplatesThatDoMoreWithAValue(t *testing.T) {
	t.Parallel()
	c := templates.NewCompiler(time.Minute)
	const each = `{{each offer in placements}}<div><a href="{{offer.url}}"><img src="{{offer.picture}}" width="600" alt="{{offer.alt}}"></a>` +
		`<h2>{{offer.heading}}</h2><p>{{offer.text}}</p><p>{{offer.button}} {{if voucher}}{{voucher}}{{end}}</p></div>{{end}}`
	for name, test := range map[string]struct {
		from, to string
		want     Reason
	}{
		"as it is":                   {"", "", ""},
		"an each":                    {"{{placements}}", each, ""},
		"a condition on the value":   {"{{placements}}", inEach(each, `{{if offer.heading == "Fietsen"}}<p>a</p>{{end}}`), Template},
		"a value in a style":         {"{{placements}}", inEach(each, `<p style="margin:{{offer.heading}}">a</p>`), Template},
		"a value for a class":        {"{{placements}}", inEach(each, `<p class="{{offer.heading}}">a</p>`), Template},
		"a value for Outlook":        {"{{placements}}", inEach(each, `<!--[if mso]><p>{{offer.heading}}</p><![endif]-->`), Template},
		"a sheet that asks for href": {".placement{", `a[href*="elders"]{display:block}.placement{`, Template},
		"by another spelling":        {".placement{", `a[/**/href^="x"]{color:red}.placement{`, Template},
		"by an escape":               {".placement{", `a[hr\65f]{color:red}.placement{`, Template},
		"of any namespace":           {".placement{", `a[*|href]{color:red}.placement{`, Template},
		"that shows an attribute":    {".placement{", `a::after{content:attr(href)}.placement{`, Template},
		"that asks where one is":     {".placement{", `p:target{color:red}.placement{`, Template},
		"that asks for a class":      {".placement{", `td[class="x"],u + .body{color:red}.placement{`, ""},
	} {
		before, after := letter(), letter()
		for _, version := range []*mailings.Content{before, after} {
			version.Template.Source = strings.Replace(source, test.from, test.to, 1)
		}
		after.Placements[1].Heading, after.Placements[1].URL = "Bakfietsen", "https://elders.example/"
		if why := refusal(t, c, before, after); why != test.want {
			t.Errorf("%s: %q, not %q", name, why, test.want)
		}
	}
}

// inEach has an each show more.
func inEach(each, more string) string { return strings.Replace(each, "</div>", more+"</div>", 1) }
