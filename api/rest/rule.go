package rest

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"keur/segments"
)

// ruleSchema stands for a rule, whose own reader names what is wrong with it
// and where. So the forms that a rule may have are described, and huma doesn't
// look at them.
type ruleSchema struct{}

// ruleName is the name of the schema of a rule.
const ruleName = "Rule"

// Schema describes a rule tree.
func (ruleSchema) Schema(schemas huma.Registry) *huma.Schema {
	if schemas.Map()[ruleName] == nil {
		rule := &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: true,
			Description: "A rule over the members of a label, in one of these forms. " +
				"What isn't known of a member doesn't match, so \"not\" matches it; {\"all\": []} is everyone. " +
				"At most 10 levels and 200 rules.",
			Examples: []any{map[string]any{"all": []any{map[string]any{"attribute": "city", "op": "is", "value": "Utrecht"},
				map[string]any{"engagement": "clicked", "within_days": 30}}}},
		}
		schemas.Map()[ruleName] = rule
		rule.Extensions = map[string]any{"oneOf": ruleForms(schemas)}
		rule.PrecomputeMessages()
	}
	return &huma.Schema{Ref: refTo(ruleName)}
}

// ruleForms are the forms of a rule, one for each field of segments.Rule.
func ruleForms(schemas huma.Registry) []*huma.Schema {
	part := &huma.Schema{Ref: refTo(ruleName)}
	parts := &huma.Schema{Type: huma.TypeArray, Items: part}
	form := func(name, meaning string, value *huma.Schema) *huma.Schema {
		return &huma.Schema{
			Type: huma.TypeObject, Description: meaning, Properties: map[string]*huma.Schema{name: value},
			Required: []string{name}, AdditionalProperties: false,
		}
	}
	forms := []*huma.Schema{
		form("all", "Matches who matches each of the parts", parts),
		form("any", "Matches who matches one of the parts", parts),
		form("not", "Matches who doesn't match the part", part),
		form("random", "Matches a share of the members, by seed always the same", ofType[segments.Random](schemas)),
	}
	return append(forms, ofType[segments.Attribute](schemas), ofType[segments.Membership](schemas), ofType[segments.Consent](schemas),
		ofType[segments.Engagement](schemas), ofType[segments.Conversion](schemas), ofType[segments.Reference](schemas))
}

func ofType[T any](schemas huma.Registry) *huma.Schema {
	return schemas.Schema(reflect.TypeFor[T](), true, "")
}
