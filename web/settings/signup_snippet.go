package settings

import (
	"html/template"
	"slices"
	"strings"

	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/signups"
	"keur/segments/explain"
)

// snippetSource is the form as a site of the publisher's shows it: plain HTML, that
// works without a script or a style and posts to the label's own page.
var snippetSource = template.Must(template.New("snippet").Parse(`<form action="{{.URL}}" method="post">
  <input type="hidden" name="text" value="{{.Form.Text}}">
  <p><label>{{.Say.T "member_page.address"}}<br>
    <input type="email" name="address" maxlength="254" autocomplete="email" required></label></p>
{{- range .Fields}}
{{- if eq .Type "bool"}}
  <p><label><input type="checkbox" name="field_{{.Name}}" value="yes"> {{.Word}}</label></p>
{{- else}}
  <p><label>{{.Word}} ({{$.Say.T "signup_page.optional"}})<br>
    <input type="{{if eq .Type "date"}}date{{else}}text{{end}}" name="field_{{.Name}}" maxlength="100"></label></p>
{{- end}}
{{- end}}
{{- with .Topics}}
  <fieldset>
    <legend>{{$.Say.T "signup_page.topics"}}</legend>
{{- range .}}
    <input type="hidden" name="topic" value="{{.Key}}">
    <p><label><input type="checkbox" name="on" value="{{.Key}}" checked> {{.Name}}</label></p>
{{- end}}
  </fieldset>
{{- end}}
  <div hidden><label>{{.Say.T "signup_page.leave_empty"}} <input name="website" tabindex="-1" autocomplete="off"></label></div>
  <p><label><input type="checkbox" name="agree" value="yes" required> {{.Form.Mail}}</label></p>
{{- with .Form.Tracking}}
  <p><label><input type="checkbox" name="tracking" value="yes"> {{.}} ({{$.Say.T "signup_page.optional"}})</label></p>
{{- end}}
  <p><button>{{.Say.T "signup_page.button"}}</button></p>
</form>
`))

// snippetField is something that the form asks.
type snippetField struct {
	Name, Word string
	Type       members.Type
}

// snippet writes the form in the label's language.
func snippet(say words.Speaker, l labels.Label, form signups.Form, topics []members.Topic, known []members.Attribute) string {
	shown := struct {
		URL    string
		Say    words.Speaker
		Form   signups.Form
		Fields []snippetField
		Topics []members.Topic
	}{URL: signups.PageURL(l), Say: say, Form: form}
	for _, name := range form.Attributes {
		if at := slices.IndexFunc(known, func(a members.Attribute) bool { return a.Name == name }); at >= 0 {
			word := words.Capital(explain.FieldName(name, l.Locale))
			shown.Fields = append(shown.Fields, snippetField{name, word, known[at].Type})
		}
	}
	for _, t := range topics {
		if slices.Contains(form.Topics, t.Key) {
			shown.Topics = append(shown.Topics, t)
		}
	}
	var page strings.Builder
	_ = snippetSource.Execute(&page, shown) // into memory, of what the tests write
	return page.String()
}
