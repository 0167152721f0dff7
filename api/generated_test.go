package api

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// generator makes calls of what the description says, valid but for the numbers of
// things, and spoils them. The same seed makes the same calls.
type generator struct {
	doc    *huma.OpenAPI
	chance *rand.Rand
}

// spoiledPerCall is how often the body of an operation is spoiled, each time in
// another place or way.
const spoiledPerCall = 4

// value returns something that the schema allows.
func (g *generator) value(s *huma.Schema, depth int) any {
	for s.Ref != "" {
		s = g.doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[g.chance.IntN(len(s.Enum))]
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.OneOf) > 0:
		return g.value(s.OneOf[g.chance.IntN(len(s.OneOf))], depth+1)
	case len(s.AnyOf) > 0:
		return g.value(s.AnyOf[g.chance.IntN(len(s.AnyOf))], depth+1)
	}
	switch s.Type {
	case huma.TypeString:
		if s.Format == "date-time" {
			return "2026-11-24T09:00:00Z"
		}
		return "x"
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	case huma.TypeBoolean:
		return g.chance.IntN(2) == 0
	case huma.TypeArray:
		if depth > 6 {
			return []any{}
		}
		return []any{g.value(s.Items, depth+1)}
	case huma.TypeObject:
		return g.object(s, depth)
	}
	return nil
}

func (g *generator) object(s *huma.Schema, depth int) map[string]any {
	made := map[string]any{}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names) // a map's order isn't the seed's
	for _, name := range names {
		if !s.Properties[name].ReadOnly && (depth < 6 || slices.Contains(s.Required, name)) {
			made[name] = g.value(s.Properties[name], depth+1)
		}
	}
	if values, is := s.AdditionalProperties.(*huma.Schema); is {
		made["1"] = g.value(values, depth+1)
	}
	return made
}

// query returns the parameters of a query, each of them half of the time.
func (g *generator) query(o *huma.Operation) string {
	query, hostile := url.Values{}, []string{"", "\x00", "💥", "-1", "99999999999999999999", strings.Repeat("x", 5000), "a,b,,", "1e999"}
	for _, p := range o.Parameters {
		if p.In != "query" || g.chance.IntN(2) == 0 {
			continue
		}
		if g.chance.IntN(4) == 0 {
			query.Set(p.Name, hostile[g.chance.IntN(len(hostile))])
			continue
		}
		value := p.Example
		if value == nil {
			value = g.value(p.Schema, 0)
		}
		text, err := json.Marshal(value)
		if err == nil {
			query.Set(p.Name, strings.Trim(string(text), `"[]`))
		}
	}
	return query.Encode()
}

// TestGeneratedCallsKeepTheContract makes calls of the description alone, so that
// an operation that comes next year is tried too: whole ones, ones with a field
// that nobody knows, and ones in which some values are of another kind, negative,
// huge, empty or no text. Each answer is held to the description (keepsContract).
func TestGeneratedCallsKeepTheContract(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fillForSweep()
	g := &generator{d.doc, rand.New(rand.NewPCG(20261129, 22))}
	operations := d.described()
	slices.SortFunc(operations, func(a, b described) int { return strings.Compare(a.method+a.path, b.method+b.path) })
	swept, taken := map[string]string{"user": "2", "name": "first_name"}, 0
	for _, operation := range operations {
		address := operation.address(swept)
		o := operationAt(d.doc, operation.method, address)
		for range 3 {
			d.mustCope(operation, address+"?"+g.query(o), "{}", "If-Match", "*")
		}
		media := bodyOf(o)
		if media == nil {
			continue
		}
		for range spoiledPerCall {
			body := asJSON(t, g.value(media.Schema, 0))
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.call("chief", o.Method, address, string(text), "If-Match", "*"); got.status < 400 {
				taken++
			}
			all := spoil(t, string(text), nasty()[g.chance.IntN(len(nasty()))])
			d.mustCope(operation, address, all[g.chance.IntN(len(all))], "If-Match", "*")
			if object, is := body.(map[string]any); is {
				object["nobody_knows"] = "this"
				unknown, err := json.Marshal(object)
				if err != nil {
					t.Fatal(err)
				}
				if got := d.call("chief", o.Method, address, string(unknown), "If-Match", "*"); got.status < 400 {
					t.Errorf("%s %s takes a field that it doesn't know", o.Method, o.Path)
				}
			}
		}
	}
	if taken < 40 {
		t.Errorf("only %d generated calls were taken: they try little beyond the schema", taken)
	}
}

// bodyOf returns the JSON that an operation takes, or nil.
func bodyOf(o *huma.Operation) *huma.MediaType {
	if o.RequestBody == nil {
		return nil
	}
	return o.RequestBody.Content["application/json"]
}

// A sentence of the API names neither a flag of the command line nor a layout of
// Go, which mean nothing to whoever calls it.
func (d *desk) speaksPlainly(got reply) {
	d.t.Helper()
	if got.status < http.StatusBadRequest {
		return
	}
	for _, word := range []string{" --", "2006-01-02", "Mon Jan", "15:04", "strconv.", "json:", "time.Time", "int64"} {
		if strings.Contains(got.body, word) {
			d.t.Errorf("a problem speaks of %q: %s", word, got.body)
		}
	}
}
