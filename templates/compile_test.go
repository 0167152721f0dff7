package templates

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// input returns a small mailing that has everything a mailing needs.
func input(source string) Input {
	return Input{
		Format:   HTML,
		Source:   source,
		Subjects: []Subject{{"a", "Weekend weg, {{member.first_name | default \"lid\"}}?"}},
		Label: Label{
			Name: "Zuinig", Locale: "nl-NL", Imprint: "Zuinig B.V.\nDamrak 1, Amsterdam",
			PublicURL: "https://acties.zuinig.nl", Accent: "#0a6b5d",
		},
		Fields: map[string]FieldType{
			"first_name": Text, "points": Number, "birth_date": Date, "vip": Bool, "interests": Set,
		},
	}
}

const footer = `<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a> <a href="{{view_url}}">Bekijk</a></p>`

// compile compiles a mailing that must be fine.
func compile(t *testing.T, in Input) *Program {
	t.Helper()
	p, findings, err := NewCompiler().Compile(t.Context(), in)
	if err != nil {
		t.Fatalf("%v\n%+v", err, findings)
	}
	return p
}

// show renders a mailing for a member with the values.
func show(t *testing.T, in Input, values map[string]string) Preview {
	t.Helper()
	p := compile(t, in)
	shown, err := p.Preview(0, p.Sample(values), DeadURLs{Host: "t.nl"})
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

func TestShared(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("../../shared/data/html/*.html")
	if len(files) == 0 {
		t.Skip("the shared sample data isn't here: ../../shared/data/html")
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		body := strings.Replace(string(source), "</body>", footer+"</body>", 1)
		in := input(body)
		p, findings, err := NewCompiler().Compile(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := p.Preview(0, p.Sample(nil), DeadURLs{Host: "t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			t.Logf("%s %s %s %s", f.Level, f.Where(), f.Code, f.Message)
		}
		t.Logf("%s", shown.Text)
		for _, l := range p.Links() {
			t.Logf("%+v", l)
		}
	}
}
