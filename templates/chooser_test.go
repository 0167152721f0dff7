package templates

import (
	"slices"
	"testing"

	"keur/templates/lint"
)

// TestNoSheetTellsMembersApart: what a member gets differs by conditions alone,
// which the faces of a mail show, and never by a style sheet over their data.
func TestNoSheetTellsMembersApart(t *testing.T) {
	t.Parallel()
	told := func(source string) (told bool) {
		_, findings, _ := compiler().Compile(t.Context(), input(source+footer))
		for _, f := range findings {
			told = told ||
				f.Level == lint.Block && slices.Contains([]string{"personal_attribute", "sheet_chooses", "style_refused"}, f.Code)
		}
		return told
	}
	for _, source := range []string{
		`<style>.gold ~ .x{display:block}</style><i class="{{member.first_name}}"></i>`,
		`<i id="{{member.first_name}}"></i>`, `<i id='a{{member.first_name}}'></i>`, `<i data-tier="{{member.first_name}}"></i>`,
		`<i lang="{{member.first_name}}"></i>`, `<td width="{{member.first_name}}"></td>`, `<font color="{{member.first_name}}">x</font>`,
		`<i hidden="{{member.first_name}}"></i>`, `<i dir="{{member.first_name}}"></i>`,
		`<style>[alt=gold] ~ .x{display:block}</style><img alt="{{member.first_name}}" src="https://a.nl/a.png">`,
		`<style>[ TITLE ^= "g"]{color:red}</style>`, `<style>[/**/title]{color:red}</style>`, `<style>[\61lt]{color:red}</style>`,
		`<style>a[aria-label]{color:red}</style>`, `<style>i:empty ~ .x{display:block}</style>`, `<style>:e/**/mpty{x:y}p:has(b){x:y}</style>`,
		`<style>i:\65mpty{display:block}</style>`, `<style>:lang(nl){display:none}</style>`,
	} {
		if !told(source) {
			t.Errorf("%s passes", source)
		}
	}
	for _, source := range []string{
		`<b title="{{member.first_name}}" aria-label='{{member.first_name}}'>x</b>`,
		`<style>a[x-apple-data-detectors]{color:inherit}div[style*="margin: 16px 0"]{margin:0}a:hover{color:red}</style>`,
		`<i class="{{label.name}}">x</i>`,
	} {
		if told(source) {
			t.Errorf("%s doesn't pass", source)
		}
	}
}
