package lang

import "testing"

// TestForeignTagsAreTranslated offers our own form of what people bring along
// from other tools.
func TestForeignTagsAreTranslated(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		`*|FNAME|*`: `{{member.first_name}}`, `*|IF:FNAME|*`: `{{if member.first_name}}`, `*|ELSE:|*`: `{{else}}`, `*|END:IF|*`: `{{end}}`,
		`*|UNSUB|*`: `{{unsubscribe_url}}`, `*|ARCHIVE|*`: `{{view_url}}`, `*|UPDATE_PROFILE|*`: `{{preferences_url}}`,
		`*|LIST:ADDRESS|*`: `{{label.imprint}}`, `*|IFNOT:FNAME|*`: `{{if not (member.first_name)}}`,
		`{% if first_name %}`:                    `{{if member.first_name}}`,
		`{%- if person.first_name != blank -%}`:  `{{if member.first_name}}`,
		`{% if first_name == '' %}`:              `{{if not member.first_name}}`,
		`{% elsif points >= 100 and city %}`:     `{{else if member.points >= 100 and member.city}}`,
		`{% if customer.vip && !(points > 3) %}`: `{{if member.vip and not ( member.points > 3 )}}`,
		`{% else %}`:                             `{{else}}`, `{% endif %}`: `{{end}}`, `{% unless vip %}`: `{{if not (member.vip)}}`,
		`{{#if first_name}}`: `{{if member.first_name}}`, `{{/if}}`: `{{end}}`, `{{^vip}}`: `{{if not (member.vip)}}`, `{{endif}}`: `{{end}}`,
		`{{ first_name | default: 'x' }}`:           `{{member.first_name | default "x"}}`,
		`{{ person|lookup:'City'|default:'daar' }}`: ``,
		`{{ contact.FIRSTNAME | default }}`:         `{{member.first_name}}`,
		`{{ contact.city | md5 | slice: 3 }}`:       `{{member.city}}`,
		`{{ contact.FIRSTNAME ?? 'lid' }}`:          `{{member.first_name | default "lid"}}`,
		`{{ first_name || "lid" }}`:                 `{{member.first_name | default "lid"}}`,
		`[[FIRSTNAME OR "lid"]]`:                    `{{member.first_name | default "lid"}}`,
		`{{lead.First Name:default=lid}}`:           `{{member.first_name | default "lid"}}`,
		`{contactfield=firstname|lid}`:              `{{member.first_name | default "lid"}}`,
		`{{${first_name} | default: 'lid'}}`:        `{{member.first_name | default "lid"}}`,
		`[CONTACT|vorname]`:                         `{{member.first_name}}`, `[CONTACT|kleur]`: ``,
		`<<First Name>>`: `{{member.first_name}}`, `<voornaam>`: `{{member.first_name}}`, `-name-`: `{{member.first_name}}`,
		`|FNAME|`: `{{member.first_name}}`, `__first_name__`: `{{member.first_name}}`, `@FirstName`: `{{member.first_name}}`,
		`%%_subscriber_first_name%%`: `{{member.first_name}}`, `$lookup(FIRST_NAME)$`: `{{member.first_name}}`,
		`{{ contact.FIRSTNAME | capitalize }}`: `{{member.first_name | title}}`,
		`{{{firstName}}}`:                      `{{member.first_name}}`,
		`{{ .Subscriber.FirstName }}`:          `{{member.first_name}}`,
		`{{ birth_date | date: "%d-%m-%Y" }}`:  `{{member.birth_date | date "dd-MM-yyyy"}}`,
		`{{ "now" | date: "%Y" }}`:             `{{today | date "yyyy"}}`,
		`{{ city | truncate: 20 | raw }}`:      `{{member.city | truncate 20}}`,
		`%%first name%%`:                       `{{member.first_name}}`,
		`%%=v(@x)=%%`:                          ``,
		`%FIRSTNAME%`:                          `{{member.first_name}}`,
		`[[name]]`:                             `{{member.first_name}}`,
		`[[data:firstname:""]]`:                `{{member.first_name}}`,
		`${first_name}`:                        `{{member.first_name}}`,
		`{first_name}`:                         `{{member.first_name}}`,
		`{member.city`:                         `{{member.city}}`,
		`[firstname,fallback=lid]`:             `{{member.first_name | default "lid"}}`,
		`<%= user.city %>`:                     `{{member.city}}`,
		`«voornaam»`:                           `{{member.first_name}}`,
		`@@city@@`:                             `{{member.city}}`,
		`{{ unsubscribe_link }}`:               `{{unsubscribe_url}}`,
		`}}`:                                   ``,
		`{# first_name #}`:                     ``, `{{! first_name }}`: ``, `{{!-- end --}}`: ``, `{{/* end */}}`: ``, `<%# city %>`: ``,
		``: ``,
	} {
		scope := testScope("nl")
		if got := scope.meant(tag); got != want {
			t.Errorf("%s is meant as %s, not %s", tag, got, want)
		}
		if len(scope.Fields()) > 0 {
			t.Errorf("%s: members need %v of what was only tried", tag, scope.Fields())
		}
	}
}

// FuzzMeant: what is offered is a tag of ours, whatever somebody wrote.
func FuzzMeant(f *testing.F) {
	for _, s := range []string{
		"*|FNAME|*", "{% if x != '' %}", "{{#each items}}", "{{ a | date: '%d' }}", "[x,fallback=\"}}]", "{{/", "^", "é",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		scope := testScope("nl")
		meant := scope.meant(tag[:min(len(tag), 1000)])
		if meant == "" {
			return
		}
		report := &findings{}
		source := NewSource("", meant, false, scope, report)
		if source.Tag(0); len(report.failed) > 0 || source.Text != MarkOf(0) {
			t.Errorf("%q is offered for %q: %v", meant, tag, report.failed)
		}
	})
}
