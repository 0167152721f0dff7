package mailings_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// TestTheDigestIsOverEverything changes each value of a content in turn: what
// was approved is what is sent, to the last of them.
func TestTheDigestIsOverEverything(t *testing.T) {
	t.Parallel()
	var content mailings.Content
	fill(reflect.ValueOf(&content).Elem())
	digest := func() mailings.Digest {
		t.Helper()
		canonical, err := mailings.Canonical(content)
		if err != nil {
			t.Fatal(err)
		}
		return mailings.DigestOf(canonical)
	}
	before, changed := digest(), 0
	each("content", reflect.ValueOf(&content).Elem(), func(path string, value reflect.Value) {
		changed++
		kept := reflect.New(value.Type()).Elem()
		kept.Set(value)
		change(value)
		if digest() == before {
			t.Errorf("%s isn't in the digest", path)
		}
		value.Set(kept)
	})
	if digest() != before || changed < 60 {
		t.Errorf("%d values were changed, and the content is another one in the end: %v", changed, digest() != before)
	}
}

// whole are the types that are one value, however they are made.
var whole = map[reflect.Type][2]any{
	reflect.TypeFor[schedules.LocalTime](): {must(schedules.ParseLocalTime("2026-11-24T10:00")),
		must(schedules.ParseLocalTime("2026-11-24T10:00:01"))},
	reflect.TypeFor[map[string]mailings.Copy](): {map[string]mailings.Copy{"a": {Hash: "1"}}, map[string]mailings.Copy{"a": {Hash: "2"}}},
	reflect.TypeFor[segments.Rule]():            {segments.Everyone(), segments.Rule{Not: &segments.Rule{All: []segments.Rule{}}}},
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// fill gives every value of v something to say.
func fill(v reflect.Value) {
	if values, ok := whole[v.Type()]; ok {
		v.Set(reflect.ValueOf(values[0]))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() { // what isn't stands in no document
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a").Convert(v.Type().Key()), reflect.ValueOf("text").Convert(v.Type().Elem()))
	default:
		change(v)
	}
}

// each calls visit with every single value in v.
func each(path string, v reflect.Value, visit func(path string, value reflect.Value)) {
	_, single := whole[v.Type()]
	switch {
	case single:
		visit(path, v)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				each(path+"."+v.Type().Field(i).Name, v.Field(i), visit)
			}
		}
	case v.Kind() == reflect.Slice:
		each(fmt.Sprintf("%s[0]", path), v.Index(0), visit)
	case v.Kind() == reflect.Pointer:
		each(path, v.Elem(), visit)
	default:
		visit(path, v)
	}
}

// change makes a value another one.
func change(v reflect.Value) {
	if values, ok := whole[v.Type()]; ok {
		v.Set(reflect.ValueOf(values[1]))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 0.5)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	default:
		panic("a value of a kind that no content had: " + v.Type().String())
	}
}

func TestEqualContentsAreEqualBytes(t *testing.T) {
	t.Parallel()
	content := mailings.Content{Preheader: "<b> & „Zoë“", Subjects: []mailings.Subject{{Key: "a", Text: "x", Weight: 1}}}
	first, err := mailings.Canonical(content)
	if err != nil {
		t.Fatal(err)
	}
	r := mailings.Revision{Canonical: first}
	read, err := r.Content()
	if err != nil {
		t.Fatal(err)
	}
	again, err := mailings.Canonical(read)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("what was read back is written otherwise: %s, %v", again, err)
	}
	if text := string(first); !strings.Contains(text, `"preheader":"<b> & „Zoë“"`) || strings.Contains(text, `": `) ||
		!strings.HasPrefix(text, `{"audience":`) || strings.Index(text, `"key"`) > strings.Index(text, `"weight"`) || strings.HasSuffix(text, "\n") {
		t.Errorf("not canonical: %s", text)
	}
}
