package templates

import (
	"strings"
	"testing"

	"keur/templates/lint"
)

// TestForeignTagsAreFoundWhereTheyStand: in HTML, between MJML's elements where
// loose text disappears, between attributes, and in subject and preheader.
func TestForeignTagsAreFoundWhereTheyStand(t *testing.T) {
	t.Parallel()
	mjml := inMJML("<mjml><mj-head><mj-style>@media x{.a{color:red}}</mj-style></mj-head><mj-body>\n" +
		"  {% if vip %}<mj-section><mj-column><mj-text>Dag *|FNAME|*</mj-text></mj-column></mj-section>{% endif %}\n</mj-body></mjml>")
	html := input("<p>\n  <b {% if vip %}class=x{% endif %}>{{#if vip}}a{{/if}} é {{ member.first_name | default: 'x' }}</b></p>")
	html.Subjects[0].Text, html.Preheader = "Dag %%first name%%", "  ${first_name}"
	for _, test := range []struct {
		in   Input
		want []string
	}{
		{mjml, []string{
			"source:2:3 {{if member.vip}}", "source:2:51 {{member.first_name}}", "source:2:95 {{end}}",
		}},
		{html, []string{
			"source:2:6 {{if member.vip}}", "source:2:25 {{end}}", "source:2:37 {{if member.vip}}", "source:2:49 {{end}}",
			`source:2:59 {{member.first_name | default "x"}}`, "subject[a]:1:5 {{member.first_name}}", "preheader:1:3 {{member.first_name}}",
		}},
	} {
		_, findings, _ := compiler().Compile(t.Context(), test.in)
		var found []string
		for _, f := range findings {
			if f.Level == lint.Block {
				found = append(found, f.Where()+" "+f.Message.String())
			}
		}
		for _, want := range test.want {
			where, ours, _ := strings.Cut(want, " ")
			told := false
			for _, f := range found {
				told = told || strings.HasPrefix(f, where+" ") && strings.HasSuffix(f, "write "+ours)
			}
			if !told {
				t.Errorf("there is no %s in\n%s", want, strings.Join(found, "\n"))
			}
		}
	}
}

// TestNoForeignTagIsSentAsText: one of each tool is refused where it stands, and
// what people write of prices and in brackets isn't.
func TestNoForeignTagIsSentAsText(t *testing.T) {
	t.Parallel()
	refused := func(text string) (where string) {
		_, findings, _ := compiler().Compile(t.Context(), input("<p>\n "+text+"</p>"+footer))
		for _, f := range findings {
			if f.Level == lint.Block {
				return f.Where()
			}
		}
		return ""
	}
	for _, tag := range strings.Split(`{{#each items}}x{{/each}}·{{{name}}}·{{> header}}·{{!-- x --}}·{{else}}·{{~name~}}·{% set x = {} %}·{# x #}·{% endif %}·`+
		`<%= name %>·<%= h(x > 3) %>·<% if a > b %>·*|FNAME|*·*| FNAME |*·*|IF:X|*·*|<b>FNAME</b>|*·|*FNAME*|·`+
		`%%[ SET @x = 1 ]%%·%%[var @x]%%·%%=v(@x)=%%·%%= v(@x) =%%·%%emailaddr%%·$!{x}·$!x.name·${x}·${x!"lid"}·$x.name·$esc.html($x)·$!name·`+
		`#if($x)·#set($x = 1)·#foreach($p in $list)·<#if x??>·<#list x as y>·<@macro/>·[#if x]·[/#if]·`+
		`{% connected_content https://a.nl :save x %}·{{ ${first_name} | default: 'x' }}·{{custom_attribute.${x}}}·`+
		`{{ x | date: "%Y", "y" }}·{{ x | divided_by: 2.0 | round: 2 }}·[[name]]·[[ name ]]·[First Name]·{first name}·{voornaam|lid}·`+
		`{user.name}·{contact.FIRSTNAME}·%recipient.name%·%recipient_fname%·%BASIC:FNAME%·{subtag:name}·{var=name}·`+
		`[subscriber:firstname | default:lid]·$firstname·$FIRSTNAME$·$$name$$·#FIRSTNAME#·~~FIRSTNAME~~·« voornaam »·[*name*]·{*name*}·`+
		`<<First Name>>·<<voornaam>>·<firstname>·<First Name>·-name-·-first_name-·--naam--·|FNAME|·__name__·__first_name__·@FirstName·@naam@·`+
		`$lookup(FIRST_NAME)$·[agnFIRSTNAME]·[agnTITLE type=1]·[CONTACT|vorname]·{{ contact.FIRSTNAME | default }}·*|DATE:d/m/Y|*·`+
		`{{{{name}}}}·[[FIRSTNAME OR "lid"]]·{contactfield=firstname|lid}·`+
		`[naam]·{naam}·[Anrede]·{aanhef}·[datum]·&lt;&lt;First Name&gt;&gt;·&lt;%= name %&gt;·&#123;&#x7b;name&#125;&rbrace;·&lbrace;name&rbrace;`,
		"·") {
		if where := refused(tag); where != "source:2:2" {
			t.Errorf("%s is refused at %q", tag, where)
		}
	}
	for _, text := range strings.Split(`€ {12,50}·{12}·50% korting, 20% extra·100%-korting%·[was € 12]·[1]·[*]·[nieuw]·{a: 1}·10%% a 20%%·5*|x·*|*·* | *·`+
		`$5 {actie}·$1.50·US$ 5·A$AP·C# en F#·#actie #zomer·@keur·<3·1 < 2 > 0·«Le Monde»·« bonjour »·[sic]·(naam)·Home|Email|Contact·*let op*·`+
		`[[1]]·100%naam·50% name it 30%·3 % van de naam %·#3 in de top #10·~ 5 ~·~50%~·{}·€{prijs}·&nbsp;{·&lt;3 &amp; meer·a &gt; b·`+
		`[up to 50%]·win-win-actie·a -50%- b·_a_ __b__·bel 06-1234-5678·pre-name-post·anna@name.nl·(@keur_nl)·a|naam|b·<b>-</b>name·- naam -·`+
		`Geef je naam_door·$50(excl.)$·5 € / 10 €·$$$·100 $ date·e-mail|sms·{{words.unsubscribe}}`, "·") {
		if where := refused(text); where != "" {
			t.Errorf("%s is refused at %s", text, where)
		}
	}
}
