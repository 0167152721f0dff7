package rest

import (
	_ "embed"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pelletier/go-toml/v2"

	"keur/internal/actors"
)

// fields.toml says what each field and parameter means, with an example. An
// entry is named after the field (created_at), or after the schema and the
// field where that schema means something of its own (Campaign.name);
// parameters are {label} in a path and ?cursor in a query.
//
//go:embed fields.toml
var fieldsFile []byte

// inputSuffix ends the name of a schema as it is sent, where it is answered too.
const inputSuffix = "Input"

// Describe completes the description once all operations are registered. What
// is answered names the fields that are always there; what is sent leaves most
// out, so a schema that goes both ways becomes two. Each field and parameter
// gets its meaning and an example. It panics if fields.toml can't be read.
func (k *Kit) Describe() {
	var texts fieldTexts
	if err := toml.Unmarshal(fieldsFile, &texts); err != nil {
		panic(fmt.Sprintf("fields.toml: %v", err))
	}
	d := description{api: k.API.OpenAPI(), schemas: k.API.OpenAPI().Components.Schemas, texts: texts}
	d.splitDirections()
	for name, s := range d.schemas.Map() {
		d.describe(name, s)
		s.PrecomputeMessages()
	}
	for _, o := range operationsOf(d.api) {
		for _, p := range o.Parameters {
			d.describeParameter(p)
		}
	}
}

// fieldTexts is fields.toml.
type fieldTexts struct {
	Meaning map[string]string
	Example map[string]any
}

type description struct {
	api     *huma.OpenAPI
	schemas huma.Registry
	texts   fieldTexts
}

// splitDirections has answers name what is always there, and gives what goes
// both ways a second schema for what is sent.
func (d *description) splitDirections() {
	sent, answered := map[string]bool{}, map[string]bool{}
	var bodies []*huma.Schema
	for _, o := range operationsOf(d.api) {
		if o.RequestBody != nil {
			for _, media := range o.RequestBody.Content {
				bodies = append(bodies, media.Schema)
				d.reach(media.Schema, sent)
			}
		}
		for _, r := range o.Responses {
			for _, media := range r.Content {
				d.reach(media.Schema, answered)
			}
		}
	}
	for name := range answered {
		if sent[name] {
			d.schemas.Map()[name+inputSuffix] = cloned(d.schemas.Map()[name])
		}
		requireAnswered(d.schemas.Map()[name], d.schemas.TypeFromRef(refTo(name)))
	}
	rename := func(s *huma.Schema) {
		if name := referred(s); sent[name] && answered[name] {
			s.Ref = refTo(name + inputSuffix)
		}
	}
	for _, body := range bodies {
		walk(body, rename)
	}
	for name := range sent {
		if answered[name] {
			name += inputSuffix
		}
		walk(d.schemas.Map()[name], rename)
	}
}

// reach notes the names of all schemas that s refers to.
func (d *description) reach(s *huma.Schema, found map[string]bool) {
	walk(s, func(s *huma.Schema) {
		if name := referred(s); name != "" && !found[name] {
			found[name] = true
			d.reach(d.schemas.Map()[name], found)
		}
	})
}

// requireAnswered marks what an answer of the type always holds: all but what
// is left out when it is empty.
func requireAnswered(s *huma.Schema, t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return
	}
	s.Required = nil
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if _, known := s.Properties[name]; known && !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			s.Required = append(s.Required, name)
		}
	}
	slices.Sort(s.Required)
	s.Required = slices.Compact(s.Required)
}

// describe gives the fields of a schema their meaning and their examples.
func (d *description) describe(schema string, s *huma.Schema) {
	for name, field := range s.Properties {
		own := strings.TrimSuffix(schema, inputSuffix) + "." + name
		if NamesActor(name) && field.Type == huma.TypeString {
			field.Pattern = actors.Pattern
		}
		if text, found := first(d.texts.Meaning, own, name); found && field.Description == "" {
			field.Description = text
		}
		if example := exampleFor(field, d.texts.Example, own, name); example != nil {
			field.Examples = []any{example}
		}
	}
}

// NamesActor reports whether a field or parameter of this name says who did
// something: what they did, and by; or in the audit trail, which tells of all
// actions, the actor.
func NamesActor(field string) bool { return strings.HasSuffix(field, "_by") || field == "actor" }

func (d *description) describeParameter(p *huma.Param) {
	name := "?" + p.Name
	if p.In == "path" {
		name = "{" + p.Name + "}"
	}
	if NamesActor(p.Name) {
		p.Schema.Pattern = actors.Pattern
	}
	if p.Description == "" {
		p.Description = d.texts.Meaning[name]
	}
	if p.Example == nil {
		p.Example = exampleFor(p.Schema, d.texts.Example, name)
	}
}

// exampleFor returns what the schema of one value lacks as an example: what
// stands under one of the names, or for moments and numbers of things always
// the same. Words of a closed set, and what is made of other values, need none.
func exampleFor(s *huma.Schema, examples map[string]any, names ...string) any {
	single := s.Type == huma.TypeString || s.Type == huma.TypeInteger || s.Type == huma.TypeNumber
	if !single || s.Ref != "" || len(s.Enum) > 0 || len(s.Examples) > 0 || s.Default != nil {
		return nil
	}
	if example, found := first(examples, names...); found {
		return example
	}
	name := strings.TrimSuffix(names[len(names)-1], "}")
	switch {
	case s.Pattern == actors.Pattern:
		return "user:7"
	case s.Format == "date-time":
		return "2026-11-24T09:00:00Z"
	case s.Type == huma.TypeInteger && (strings.HasPrefix(name, "{") || name == "id" || strings.HasSuffix(name, "_id")):
		return 7
	}
	return nil
}

// first returns what stands under the first of the names that has something.
func first[T any](in map[string]T, names ...string) (T, bool) {
	for _, name := range names {
		if v, found := in[name]; found {
			return v, true
		}
	}
	var none T
	return none, false
}

// operationsOf returns all operations of the API.
func operationsOf(api *huma.OpenAPI) []*huma.Operation {
	var all []*huma.Operation
	for _, p := range api.Paths {
		for _, o := range []*huma.Operation{p.Get, p.Put, p.Post, p.Delete, p.Patch} {
			if o != nil {
				all = append(all, o)
			}
		}
	}
	return all
}

const refPrefix = "#/components/schemas/"

func refTo(name string) string { return refPrefix + name }

// referred returns the name of the schema that s refers to, or "".
func referred(s *huma.Schema) string {
	name, is := strings.CutPrefix(s.Ref, refPrefix)
	if !is {
		return ""
	}
	return name
}

// walk calls visit for s and all schemas written within it.
func walk(s *huma.Schema, visit func(*huma.Schema)) {
	if s == nil {
		return
	}
	visit(s)
	walk(s.Items, visit)
	for _, field := range s.Properties {
		walk(field, visit)
	}
	if values, is := s.AdditionalProperties.(*huma.Schema); is {
		walk(values, visit)
	}
	for _, one := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		walk(one, visit)
	}
}

// cloned returns a copy of s that shares no schema with it.
func cloned(s *huma.Schema) *huma.Schema {
	if s == nil {
		return nil
	}
	c := *s
	c.Items = cloned(s.Items)
	c.Properties = maps.Clone(s.Properties)
	for name, field := range c.Properties {
		c.Properties[name] = cloned(field)
	}
	if values, is := s.AdditionalProperties.(*huma.Schema); is {
		c.AdditionalProperties = cloned(values)
	}
	for _, list := range []*[]*huma.Schema{&c.OneOf, &c.AnyOf, &c.AllOf} {
		*list = slices.Clone(*list)
		for i, one := range *list {
			(*list)[i] = cloned(one)
		}
	}
	return &c
}
