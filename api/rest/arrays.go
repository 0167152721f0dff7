package rest

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// An array without items is [] and never null, so that programs can walk it.
func init() { huma.DefaultArrayNullable = false }

// NoNullArrays makes each array of an answer that holds nothing an empty one.
func NoNullArrays(_ huma.Context, _ string, answer any) (any, error) {
	if v, changed := withoutNullArrays(reflect.ValueOf(answer)); changed {
		return v.Interface(), nil
	}
	return answer, nil
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// withoutNullArrays returns v with its nil slices made empty, and whether there
// were any. What v points to isn't written to, as others may read it.
func withoutNullArrays(v reflect.Value) (reflect.Value, bool) {
	if !v.IsValid() || v.Type().Implements(marshaler) || reflect.PointerTo(v.Type()).Implements(marshaler) {
		return v, false
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		return insidePointer(v)
	case reflect.Slice:
		return insideSlice(v)
	case reflect.Struct:
		return insideStruct(v)
	}
	return v, false
}

func insidePointer(v reflect.Value) (reflect.Value, bool) {
	if v.IsNil() {
		return v, false
	}
	inner, changed := withoutNullArrays(v.Elem())
	if !changed {
		return v, false
	}
	if v.Kind() == reflect.Interface {
		return inner, true
	}
	p := reflect.New(v.Type().Elem())
	p.Elem().Set(inner)
	return p, true
}

func insideSlice(v reflect.Value) (reflect.Value, bool) {
	switch {
	case v.Type().Elem().Kind() == reflect.Uint8: // bytes are a text
		return v, false
	case v.IsNil():
		return reflect.MakeSlice(v.Type(), 0, 0), true
	}
	items, found := v, false
	for i := range v.Len() {
		item, changed := withoutNullArrays(v.Index(i))
		if !changed {
			continue
		}
		if !found {
			items, found = reflect.MakeSlice(v.Type(), v.Len(), v.Len()), true
			reflect.Copy(items, v)
		}
		items.Index(i).Set(item)
	}
	return items, found
}

func insideStruct(v reflect.Value) (reflect.Value, bool) {
	whole, found := v, false
	for i := range v.NumField() {
		if field := v.Type().Field(i); !field.IsExported() || field.Tag.Get("json") == "-" {
			continue
		}
		value, changed := withoutNullArrays(v.Field(i))
		if !changed {
			continue
		}
		if !found {
			whole, found = reflect.New(v.Type()).Elem(), true
			whole.Set(v)
		}
		whole.Field(i).Set(value)
	}
	return whole, found
}
