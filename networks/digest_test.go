package networks_test

import (
	"reflect"
	"testing"
	"time"

	"keur/networks"
)

// TestADigestIsOfAllThatAReportSays, but for its moment and its form.
func TestADigestIsOfAllThatAReportSays(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	base := networks.Report{
		Transaction: "T", Status: networks.Pending, Currency: "EUR", Programme: "7", Occurred: noon,
	}
	seen := map[string]string{string(base.Digest()): "nothing"}
	kind := reflect.TypeFor[networks.Report]()
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		r := base
		switch field := reflect.ValueOf(&r).Elem().Field(i); v := field.Interface().(type) {
		case string, networks.Status:
			field.SetString(field.String() + "x")
		case bool:
			field.SetBool(!v)
		case int64:
			field.SetInt(v + 1)
		case time.Time:
			field.Set(reflect.ValueOf(v.Add(time.Second)))
		case *bool:
			field.Set(reflect.ValueOf(new(bool)))
		case *time.Time:
			field.Set(reflect.ValueOf(&noon))
		default:
			if name != "Raw" {
				t.Fatalf("a digest of %s?", name)
			}
			r.Raw = []byte("{}")
		}
		digest := string(r.Digest())
		if name == "At" || name == "Raw" {
			if digest != string(base.Digest()) {
				t.Errorf("%s is in the digest", name)
			}
			continue
		}
		if other := seen[digest]; other != "" {
			t.Errorf("%s and %s digest to the same", name, other)
		}
		seen[digest] = name
	}
	yes, no := true, false
	for _, r := range []networks.Report{{Transaction: "ab"}, {Transaction: "a", Part: "b"}, {Paid: &yes}, {Paid: &no}, {Part: "ab"}} {
		if other := seen[string(r.Digest())]; other != "" {
			t.Errorf("%+v digests as %s does", r, other)
		}
		seen[string(r.Digest())] = "another"
	}
}
