package api

import (
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// leads reports whether a problem's location leads to a value that the operation
// takes: each step is a field of the schema at hand, an entry of a map, or an
// element of a list.
func leads(doc *huma.OpenAPI, o *huma.Operation, location string) bool {
	location, _, _ = strings.Cut(location, ":") // line and column of a source follow
	in, way, _ := strings.Cut(location, ".")
	if in != "body" {
		name, _, _ := strings.Cut(way, "[")
		for _, p := range o.Parameters {
			if p.In == in && strings.EqualFold(p.Name, name) {
				return true
			}
		}
		return false
	}
	if o.RequestBody == nil {
		return false
	}
	for format, media := range o.RequestBody.Content {
		if !strings.HasSuffix(format, "json") || has(doc, media.Schema, stepsOf(way)) {
			return true // of a file, its reader says where
		}
	}
	return false
}

// stepsOf takes a way apart: placements[2].url is placements, [], url.
func stepsOf(way string) (steps []string) {
	for _, part := range strings.Split(way, ".") {
		for i, step := range strings.Split(part, "[") {
			switch {
			case i > 0:
				steps = append(steps, "[]")
			case step != "":
				steps = append(steps, step)
			}
		}
	}
	return steps
}

func has(doc *huma.OpenAPI, s *huma.Schema, steps []string) bool {
	for s != nil && s.Ref != "" {
		s = doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	if s == nil || len(steps) == 0 || s.Type == "" && len(s.OneOf)+len(s.AnyOf)+len(s.Properties) == 0 {
		return true // of any form
	}
	for _, one := range append(append([]*huma.Schema{}, s.OneOf...), s.AnyOf...) {
		if has(doc, one, steps) {
			return true
		}
	}
	if steps[0] == "[]" {
		return s.Items != nil && has(doc, s.Items, steps[1:])
	}
	if field, known := s.Properties[steps[0]]; known {
		return has(doc, field, steps[1:])
	}
	switch more := s.AdditionalProperties.(type) {
	case *huma.Schema:
		return has(doc, more, steps[1:])
	case bool:
		return more
	}
	return false
}

// The check sees what it is there to see.
func TestLeads(t *testing.T) {
	t.Parallel()
	doc := newDesk(t).doc
	o := operationAt(doc, "POST", "/labels/1/members")
	for location, want := range map[string]bool{
		"body.consents[0].statement": true, "body.attributes.first_name": true, "body.address": true, "body": true, "path.label": true,
		"body.source:1:8": true, "body.sources:1:8": false,
		"body.statement": false, "body.consents.statement": false, "body.address[0]": false, "query.label": false,
	} {
		if got := leads(doc, o, location); got != want {
			t.Errorf("%s: %t", location, got)
		}
	}
}
