package api

import (
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"keur/api/rest"
	"keur/internal/actors"
)

// spelling is a way to name something that programs meet in many places, and
// what it would also be called if nobody looked.
type spelling struct {
	kind  string
	right string
	wrong *regexp.Regexp
}

// spellings has one spelling for each.
var spellings = []spelling{
	{
		"whoever did something", "what they did and _by, or actor in the audit trail",
		regexp.MustCompile(`^(by|who|whom|for|user|person|people|writers?|authors?|makers?|deciders?|approvers?)$|_(who|user|actor|author|maker)$|` +
			`^(author|writer|maker|decider|approver)_ids?$`),
	},
	{
		"the name of another thing", "the thing and _name, beside its _id",
		regexp.MustCompile(`^(advertiser|campaign|contact|deputy|label|mailing|member|programme|route|segment|send|template|user)$`),
	},
	{
		"a period", "from and until, with what it is a period of before them",
		regexp.MustCompile(`^(since|to|till|(.*_)?(start|begin|end)s?_(at|on|date|day))$`),
	},
}

// TestOneSpelling walks all that the API answers and takes, and fails on a
// second way to say who did something, what a thing is called, or a period.
func TestOneSpelling(t *testing.T) {
	doc := newDesk(t).doc
	for schema, s := range doc.Components.Schemas.Map() {
		for name, field := range s.Properties {
			for _, fault := range misspelt(schema, name, field) {
				t.Errorf("%s.%s %s", schema, name, fault)
			}
		}
	}
	for pattern, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if o == nil {
				continue
			}
			for _, p := range o.Parameters {
				by := p.Name == "by" && len(p.Schema.Enum) > 0 // what a line is about
				if p.In == "query" && !by && p.Schema.Type == huma.TypeString {
					for _, fault := range misspelt("", p.Name, p.Schema) {
						t.Errorf("%s %s: ?%s %s", o.Method, pattern, p.Name, fault)
					}
				}
			}
		}
	}
}

// misspelt returns what is wrong with how a field is called, or with what a
// field that says who did something holds.
func misspelt(schema, name string, field *huma.Schema) []string {
	if rest.NamesActor(name) {
		return notOfActors(schema, name, field)
	}
	var faults []string
	for _, of := range spellings {
		single := field.Type == huma.TypeString || of.kind == spellings[0].kind
		if single && of.wrong.MatchString(name) {
			faults = append(faults, "is a second spelling of "+of.kind+": "+of.right)
		}
	}
	return faults
}

func notOfActors(schema, name string, field *huma.Schema) []string {
	if field.Type == huma.TypeArray {
		field = field.Items
	}
	switch {
	case field.Type != huma.TypeString || field.Pattern != actors.Pattern:
		return []string{"doesn't name whoever did it as user:7"}
	case name == "actor" && schema != "" && !strings.HasPrefix(schema, "ApprovalEntry"):
		return []string{"is called actor outside of the audit trail"}
	}
	return nil
}

// TestSecondSpellingsAreFound gives the walk what it must find.
func TestSecondSpellingsAreFound(t *testing.T) {
	text := func(pattern string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Pattern: pattern} }
	number := &huma.Schema{Type: huma.TypeInteger}
	for _, c := range []struct {
		name  string
		field *huma.Schema
		wrong bool
	}{
		{"paused_by", number, true},
		{"paused_by", text(""), true},
		{"paused_by", text(actors.Pattern), false},
		{"written_by", &huma.Schema{Type: huma.TypeArray, Items: number}, true},
		{"written_by", &huma.Schema{Type: huma.TypeArray, Items: text(actors.Pattern)}, false},
		{"actor", text(actors.Pattern), true},
		{"by", text(""), true},
		{"author_id", number, true},
		{"user_id", number, false},
		{"writers", &huma.Schema{Type: huma.TypeArray, Items: number}, true},
		{"advertiser", text(""), true},
		{"advertiser_name", text(""), false},
		{"advertiser", number, false},
		{"starts_on", text(""), true},
		{"ends_at", text(""), true},
		{"since", text(""), true},
		{"valid_until", text(""), false},
		{"started_at", text(""), false},
	} {
		if got := misspelt("Thing", c.name, c.field); (len(got) > 0) != c.wrong {
			t.Errorf("%s (%s): %v", c.name, c.field.Type, got)
		}
	}
}
