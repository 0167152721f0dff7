package templates

import (
	"slices"
	"strings"
	"testing"

	"keur/templates/faces"
	"keur/templates/lint"
)

// What becomes of words by which somebody would get around those who approve.
const (
	isRefused  = "refused"       // the mailing isn't submitted
	isShown    = "shown"         // approvers read it, in a face or in one of its readings
	isMarked   = "shown as such" // approvers read it behind the subject: inboxes and programs do, eyes in the mail don't
	isHarmless = "harmless"      // nobody gets it
)

// TestNothingIsKeptFromApprovers: each way to send members a word that approvers
// don't read is refused, shown, or reaches nobody.
func TestNothingIsKeptFromApprovers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ source, want string }{
		"each":                          {`{{each offer in placements}}<p>{{offer.heading}}</p>{{end}}`, isShown},
		"a field within each":           {`{{each offer in placements}}{{if member.points > 9}}<p>casino</p>{{end}}{{end}}`, isShown},
		"Liquid":                        {`{% if points > 9 %}<p>casino</p>{% endif %}`, isRefused},
		"Mailchimp":                     {`*|IF:POINTS > 9|*<p>casino</p>*|END:IF|*`, isRefused},
		"ampscript":                     {`%%[ IF @points > 9 THEN ]%%casino%%[ ENDIF ]%%`, isRefused},
		"Freemarker":                    {`<p>${points?switch("casino")}</p>`, isRefused},
		"tags in an entity":             {`<p>&#123;&#123;if member.points > 9}}casino{{end}}</p>`, isRefused},
		"arithmetic in a date":          {`{{if member.birth_date + 9 days > "2026-01-01"}}<p>casino</p>{{end}}`, isRefused},
		"the day":                       {`{{if today > "2026-01-01"}}<p>casino</p>{{end}}`, isRefused},
		"a number's form":               {`{{if member.points | money > 9}}<p>casino</p>{{end}}`, isRefused},
		"truncated":                     {`<p>{{member.first_name | default "Jan en dan nog het casino" | truncate 3}}</p>`, isHarmless},
		"a standard text":               {`<p>{{member.first_name | default "casino"}}</p>`, isShown},
		"in no case":                    {`{{if member.points > 9 and member.points < 2}}<p>casino</p>{{end}}`, isHarmless},
		"a comment":                     {`<!-- casino -->`, isHarmless},
		"a comment in a comment":        {`<!-- <!--[if mso]>casino<![endif]--> -->`, isShown},
		"for Outlook":                   {`<!--[if mso]><p>casino</p><![endif]-->`, isShown},
		"for Outlook, nested":           {`<!--[if mso]><!--[if gte mso 9]><p>casino</p><![endif]--><![endif]-->`, isRefused},
		"for all but Outlook":           {`<!--[if !mso]><!--><p>casino</p><!--<![endif]-->`, isShown},
		"not for Outlook":               {`<p style="mso-hide:all">casino</p>`, isShown},
		"for Internet Explorer":         {`<!--[if IE]><p>casino</p><![endif]-->`, isRefused},
		"VML":                           {`<!--[if mso]><v:rect><v:textbox><p>casino</p></v:textbox></v:rect><![endif]-->`, isShown},
		"a template element":            {`<template><p>casino</p></template>`, isRefused},
		"folded":                        {`<details><summary>x</summary>casino</details>`, isRefused},
		"a dialog":                      {`<dialog open>casino</dialog>`, isRefused},
		"without script":                {`<noscript><p>casino</p></noscript>`, isShown},
		"hidden":                        {`<p hidden>casino</p>`, isMarked},
		"hidden until found":            {`<p hidden="until-found">casino</p>`, isMarked},
		"display none":                  {`<p style="display:none">casino</p>`, isMarked},
		"a preheader of its own":        {`<div class="preheader" style="display:none;max-height:0">casino</div>`, isMarked},
		"white on white":                {`<p style="color:#fff;background:#fff">casino</p>`, isShown},
		"nearly white":                  {`<p style="color:#fefefe">casino</p>`, isShown},
		"size 0":                        {`<p style="font-size:0">casino</p>`, isMarked},
		"size 1":                        {`<p style="font-size:1px;line-height:1px">casino</p>`, isMarked},
		"transparent":                   {`<p style="opacity:0">casino</p>`, isMarked},
		"shut in":                       {`<div style="max-height:0;overflow:hidden"><p>casino</p></div>`, isMarked},
		"moved away":                    {`<p style="position:absolute;left:-9999px">casino</p>`, isRefused},
		"a narrow screen":               {`<style>@media (max-width:600px){.c{display:none}}</style><p class="c">casino</p>`, isShown},
		"a wide screen":                 {`<style>.c{display:none}@media (max-width:600px){.c{display:block!important}}</style><p class="c">casino</p>`, isShown},
		"a screen between":              {`<style>@media (min-width:500px) and (max-width:560px){.c{display:none}}</style><p class="c">casino</p>`, isRefused},
		"a dark screen":                 {`<style>@media (prefers-color-scheme:dark){.c{display:none}}</style><p class="c">casino</p>`, isShown},
		"a dark phone":                  {`<style>@media (prefers-color-scheme:dark) and (max-width:600px){.c{display:none}}</style><p class="c">casino</p>`, isRefused},
		"when ticked":                   {`<style>#b:checked ~ .c{display:block}.c{display:none}</style><input id="b" type="checkbox"><p class="c">casino</p>`, isRefused},
		"when pointed at":               {`<style>.c{display:none}.x:hover .c{display:block}</style><p class="x">x<span class="c">casino</span></p>`, isRefused},
		"when gone to":                  {`<style>.c{display:none}#c:target{display:block}</style><a href="#c">x</a><p class="c" id="c">casino</p>`, isRefused},
		"when focused":                  {`<style>.c{opacity:0}.c:focus-within{opacity:1}</style><p class="c"><a href="https://a.nl/">casino</a></p>`, isRefused},
		"by the style sheet":            {`<style>.c::after{content:"casino"}</style><p class="c">x</p>`, isRefused},
		"instead of a canvas":           {`<canvas>casino</canvas>`, isRefused},
		"instead of a bar":              {`<progress value="1">casino</progress>`, isRefused},
		"instead of a measure":          {`<meter value="1">casino</meter>`, isRefused},
		"what a choice is called":       {`<optgroup label="casino"></optgroup>`, isRefused},
		"turned around":                 {`<bdo dir="rtl">onisac</bdo><p>casino</p>`, isShown},
		"turned by a style":             {`<p style="unicode-bidi:bidi-override;direction:rtl">onisac</p>`, isShown},
		"turned by a character":         {"<p>\u202eonisac\u202c</p>", isRefused},
		"characters of no width":        {"<p>c\u200ba\u200bs\u200bi\u200bn\u200bo casino</p>", isShown},
		"letters that look alike":       {"<p>\u0441asin\u043e en casino</p>", isShown},
		"another type of part":          {`<script type="text/x-amp">casino</script>`, isRefused},
		"AMP":                           {`<amp-list src="https://a.nl/x.json"><p>casino</p></amp-list>`, isRefused},
		"AMP's mark":                    {`<html amp4email><body><p>casino</p>`, isShown},
		"a picture by width":            {`<picture><source media="(max-width:600px)" srcset="https://a.nl/casino.png"><img src="https://a.nl/b.png" width="9" alt="casino"></picture>`, isRefused},
		"a picture by pixels":           {`<img src="https://a.nl/b.png" srcset="https://a.nl/casino.png 2x" width="9" alt="">`, isRefused},
		"instead of a picture":          {`<img src="https://a.nl/b.png" width="9" alt="casino">`, isShown},
		"instead of no picture":         {`<img src="https://a.nl/b.png" width="9" alt="casino" style="display:none">`, isMarked},
		"on resting on it":              {`<p title="casino">x</p>`, isMarked},
		"read aloud":                    {`<p aria-label="casino">x</p>`, isMarked},
		"read aloud at more length":     {`<p aria-description="casino">x</p>`, isMarked},
		"read aloud as its kind":        {`<p aria-roledescription="casino">x</p>`, isMarked},
		"read aloud as a value":         {`<p role="slider" aria-valuetext="casino">x</p>`, isMarked},
		"read aloud where empty":        {`<p role="textbox" aria-placeholder="casino"></p>`, isMarked},
		"a column's short name":         {`<table><tr><th abbr="casino">x</th></tr></table>`, isMarked},
		"a table's summary":             {`<table summary="casino"><tr><td>x</td></tr></table>`, isMarked},
		"a file's name":                 {`<a href="https://a.nl/" download="casino">x</a>`, isMarked},
		"a list's own marks":            {`<style>@counter-style c{system:cyclic;symbols:"casino"}li{list-style:c}</style><ul><li>x</li></ul>`, isRefused},
		"a text for an empty branch":    {`{{if member.points > 9}}x{{else}}{{if member.points > 3}}y{{else}}<p>casino</p>{{end}}{{end}}`, isShown},
		"a comment around a tag":        {`{{if member.points > 9}}<!--{{end}}<p>casino</p>{{if member.points > 9}}-->{{end}}`, isHarmless},
		"a choice in a picture's words": {`<img src="https://a.nl/b.png" width="9" alt="{{if member.points > 9}}casino{{end}}">`, isShown},
		"a choice for Outlook":          {`<!--[if mso]>{{if member.points > 9}}<p>casino</p>{{end}}<![endif]-->`, isShown},
		"a choice of a choice in each":  {`{{each offer in placements}}{{if member.points > 9}}x{{else}}<p>casino</p>{{end}}{{end}}`, isShown},
		"another page":                  {`<meta http-equiv="refresh" content="0;url=https://casino.nl/">`, isRefused},
		"another base":                  {`<base href="https://casino.nl/"><a href="/x">x</a>`, isRefused},
		"an object":                     {`<object data="https://a.nl/x"><p>casino</p></object>`, isRefused},
		"a drawing":                     {`<svg><a href="https://casino.nl/"><text>casino</text></a></svg>`, isRefused},
		"a formula":                     {`<math><mtext>casino</mtext></math>`, isRefused},
		"a frame":                       {`<iframe srcdoc="<p>casino</p>"></iframe>`, isRefused},
		"a form":                        {`<form action="https://a.nl/"><button>casino</button></form>`, isRefused},
		"a moving text":                 {`<marquee>casino</marquee>`, isRefused},
		"a ruby":                        {`<ruby>x<rp>casino</rp></ruby>`, isShown},
		"a heading of no document":      {`<title>casino</title>`, isMarked},
		"a list of choices":             {`<datalist><option>casino</option></datalist>`, isRefused},
		"a slot":                        {`<slot>casino</slot>`, isShown},
		"a list's marks as a string":    {`<ul style='list-style-type:"casino "'><li>x</li></ul>`, isRefused},
		"a mark as a string, in short":  {`<ul style='list-style:"casino " inside'><li>x</li></ul>`, isRefused},
		"where words are cut off":       {`<p style='width:9px;overflow:hidden;text-overflow:"casino"'>x</p>`, isRefused},
		"a hyphen of one's own":         {`<p style='hyphens:auto;hyphenate-character:"casino"'>x</p>`, isRefused},
		"marks above letters":           {`<p style='text-emphasis:"casino"'>x</p>`, isRefused},
		"quotation marks":               {`<style>q{quotes:"casino" "x"}</style><q>x</q>`, isRefused},
		"a string by another property":  {`<p style='--x:"casino"'>x</p>`, isRefused},
		"what a field says":             {`<input value="casino">`, isRefused},
		"what an empty field says":      {`<input placeholder="casino">`, isRefused},
		"what a button says":            {`<input type="submit" value="casino">`, isRefused},
		"a text field":                  {`<textarea>casino</textarea>`, isRefused},
		"a group of choices":            {`<select><optgroup label="casino"><option>x</option></optgroup></select>`, isRefused},
		"an area of a picture":          {`<img src="https://a.nl/b.png" width="9" alt="" usemap="#m"><map name="m"><area href="https://a.nl/" alt="casino"></map>`, isShown},
		"a track of a video":            {`<video><track label="casino" src="https://a.nl/x.vtt"></video>`, isRefused},
		"after a minute":                {`<style>@keyframes k{to{opacity:1}}.c{opacity:0;animation:k 1s 60s forwards}</style><p class="c">casino</p>`, isRefused},
		"by a change of style":          {`<style>.c{opacity:0;transition:opacity 60s}@starting-style{.c{opacity:1}}</style><p class="c">casino</p>`, isRefused},
		"by a choice of scheme":         {`<style>.c{color:light-dark(#fff,#000)}</style><p class="c">casino</p>`, isShown},
		"letters as discs":              {`<p style="-webkit-text-security:disc">casino</p>`, isRefused},
		"letters without a filling":     {`<p style="-webkit-text-fill-color:transparent">casino</p>`, isRefused},
		"letters that are pictures":     {`<p style="font-family:Wingdings">casino</p>`, isShown},
		"a language of a reader's own":  {`<style>:lang(nl) .c{display:none}</style><p class="c">casino</p>`, isRefused},
		"a page in a page":              {`<portal src="https://casino.nl/"></portal>`, isRefused},
		"data for programs":             {`<script type="application/ld+json">{"@type":"Offer","name":"casino"}</script>`, isRefused},
		"data in the mail's own terms":  {`<div itemscope itemtype="https://schema.org/Offer"><meta itemprop="description" content="casino"></div>`, isRefused},
		"what other pages show of it":   {`<meta property="og:title" content="casino">`, isMarked},
		"what programs say of it":       {`<meta name="description" content="casino">`, isMarked},
		"a comment revealed":            {`<![if !mso]><p>casino</p><![endif]>`, isShown},
		"a paragraph of Office":         {`<o:p>casino</o:p>`, isShown},
		"an old element":                {`<xmp>casino</xmp>`, isRefused},
		"the end of the markup":         {`<plaintext>casino`, isRefused},
		"a shadow of its own":           {`<div><template shadowrootmode="open"><p>casino</p></template></div>`, isRefused},
		"a section of characters":       {`<![CDATA[casino]]>`, isRefused},
		"a processing instruction":      {`<?xml casino?>`, isRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(test.source + footer)
			in.Placements = []Placement{{
				Key: "a", Advertiser: "Zuinig", Heading: "casino", Text: "Zuinig", Button: "Kijk", URL: "https://a.nl/",
			}}
			if !strings.Contains(test.source, "each offer") {
				in.Placements = nil
			}
			if got := fate(t, in); got != test.want {
				t.Errorf("it is %s, not %s", got, test.want)
			}
		})
	}
}

// TestOnlyWordsAreMarked: behind the subject of a starter's mail stands its
// preheader, and none of its styles.
func TestOnlyWordsAreMarked(t *testing.T) {
	t.Parallel()
	for _, starter := range Starters() {
		in := input(starter.Source)
		in.Format, in.Preheader = starter.Format, "Vanaf 199 euro"
		in.Placements = []Placement{{Key: "a", Advertiser: "Zuinig", Heading: "Zon", Text: "Weg", Button: "Kijk", URL: "https://a.nl/"}}
		p := compile(t, in)
		all, err := faces.Of(p.Outline, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			v, err := p.Face(f.Variant, f.Values, in.Label.PublicURL, "or")
			if err != nil || v.Preheader != in.Preheader {
				t.Errorf("%s: behind the subject stands %.200q, %v", starter.Name, v.Preheader, err)
			}
		}
	}
}

// TestLinksThatNameAnotherHost are told to all who look at the mail.
func TestLinksThatNameAnotherHost(t *testing.T) {
	t.Parallel()
	for link, told := range map[string]bool{
		`<a href="https://kwaad.nl/">www.bank.nl</a>`: true, `<a href="https://kwaad.nl/">https://<b>bank.nl</b>/inloggen</a>`: true,
		`<a href="https://bank.nl.kwaad.nl/">bank.nl</a>`:                                     true,
		`<a href="https://kwaad.nl/bank.nl"><img src="https://a.nl/a.png" alt="bank.nl"></a>`: true,
		`<a href="https://mijn.bank.nl/">www.bank.nl</a>`:                                     false, `<a href="https://bank.nl/">mijn.bank.nl</a>`: false,
		`<a href="https://kwaad.nl/">Lees meer. Nu bij de bank</a>`: false, `<a href="https://kwaad.nl/">Bank</a>`: false,
	} {
		_, findings, err := compiler().Compile(t.Context(), input(link+footer))
		if got := slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Code == "link_text" }); err != nil || got != told {
			t.Errorf("%s: told %v, %v", link, got, err)
		}
	}
}

// fate returns what becomes of the word casino in a mail.
func fate(t *testing.T, in Input) string {
	t.Helper()
	p, findings, err := compiler().Compile(t.Context(), in)
	if err != nil || lint.Blocked(findings) {
		return isRefused
	}
	all, err := faces.Of(p.Outline, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	has := func(s string) bool { // onisac where it is turned around
		return strings.Contains(strings.ToLower(s), "casino") || strings.Contains(s, "onisac")
	}
	found := isHarmless
	for _, f := range all {
		v, err := p.Face(f.Variant, f.Values, in.Label.PublicURL, "or")
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case has(v.Text), v.Differs && has(v.Outlook), v.Screens.PhoneDiffers && has(v.HTML),
			v.Screens.DarkDiffers && has(v.Screens.Dark), len(v.Defaults) > 0 && has(v.Defaults[0].Text):
			return isShown
		case has(v.Preheader):
			found = isMarked
		case has(v.HTML):
			found = "kept from them"
		}
	}
	return found
}
