package records_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"keur/internal/words"
	"keur/networks/products/records"
)

const (
	google = `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
		<item><g:id>A-1</g:id><g:title>Tent &amp; haringen</g:title><description><![CDATA[<p>Voor twee&nbsp;personen</p>]]></description>
		<g:price>129.00 EUR</g:price><g:image_link>https://shop.example/1.jpg</g:image_link></item>
		<item><g:id>A-2</g:id><title>Mat</title><title>Matras</title></item></channel></rss>`
	tracker = `<?xml version="1.0" encoding="ISO-8859-1"?><products><product ID="77"><name>Caf` + "\xe9" + `set</name>
		<price currency="EUR">19,95</price><images><image>https://a.example/1.png</image><image>https://a.example/2.png</image></images>
		<properties><property name="brand"><value>Kop</value></property></properties></product></products>`
	daisycon = `{"datafeed":{"info":{"items":[{"x":1}]},"programs":[
		{"program_info":{"name":"Zon"},"products":[{"update_info":{"daisycon_unique_id":"d1"},"product_info":{"title":"Bed","price":199.5,"images":[{"location":"https://a/1"}]}}]},
		{"program_info":{"name":"Zee"},"products":[{"product_info":{"title":"Bank","in_stock":true}}, 3]}]}}`
	awin = "aw_product_id;product_name;search_price\r\n1;\"Stoel \"\"Bo\"\"\";\"1.299,00\"\r\n\r\n2;Tafel\r\n"
)

func all(t *testing.T, text string, s records.Shape) (found []records.Record, err error) {
	t.Helper()
	in, err := records.Open(strings.NewReader(text), s)
	for err == nil {
		var r records.Record
		if r, err = in.Next(); err == nil {
			found = append(found, r)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return found, err
}

// Of each format that shops and networks write, the shape is guessed and the
// records are read.
func TestFormats(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text  string
		shape records.Shape
		want  []records.Record
	}{
		"Google's RSS": {google, records.Shape{Format: records.XML, Each: "item"}, []records.Record{
			{"id": "A-1", "title": "Tent & haringen", "description": "<p>Voor twee&nbsp;personen</p>", "price": "129.00 EUR",
				"image_link": "https://shop.example/1.jpg"},
			{"id": "A-2", "title": "Mat"},
		}},
		"attributes, another encoding": {tracker, records.Shape{Format: records.XML, Each: "product"}, []records.Record{
			{"@ID": "77", "name": "Caféset", "price": "19,95", "price@currency": "EUR", "images/image": "https://a.example/1.png",
				"properties/property[brand]@name": "brand", "properties/property[brand]/value": "Kop"},
		}},
		"lists within lists": {daisycon, records.Shape{Format: records.JSON, Each: "products"}, []records.Record{
			{"update_info/daisycon_unique_id": "d1", "product_info/title": "Bed", "product_info/price": "199.5",
				"product_info/images/location": "https://a/1"},
			{"product_info/title": "Bank", "product_info/in_stock": "true"},
		}},
		"a bare list": {`[{"id":7,"tags":[],"no":null}]`, records.Shape{Format: records.JSON}, []records.Record{{"id": "7"}}},
		"a table": {awin, records.Shape{Format: records.CSV, Delimiter: "semicolon"}, []records.Record{
			{"aw_product_id": "1", "product_name": `Stoel "Bo"`, "search_price": "1.299,00"},
			{"aw_product_id": "2", "product_name": "Tafel"},
		}},
		"tabs, in Windows-1252": {"\xef\xbb\xbfid\ttitle\n1\tCaf\xe9\n", records.Shape{Format: records.CSV, Delimiter: "tab"},
			[]records.Record{{"id": "1", "title": "Café"}}},
		"UTF-16": {"\xff\xfei\x00d\x00,\x00a\x00\n\x001\x00,\x002\x00", records.Shape{Format: records.CSV, Delimiter: "comma"},
			[]records.Record{{"id": "1", "a": "2"}}},
		"control characters": {"<p><row><a>x\x01y</a></row><row><a>z</a></row></p>", records.Shape{Format: records.XML, Each: "row"},
			[]records.Record{{"a": "x y"}, {"a": "z"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shape, err := records.Sniff([]byte(tt.text))
			if err != nil || shape != tt.shape {
				t.Fatalf("guessed %+v, %v", shape, err)
			}
			got, err := all(t, tt.text, shape)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// A file that was cut off, or that is none of its kind, is told from one that ends.
func TestDamage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3<<20)
	xml, comma := records.Shape{Format: records.XML, Each: "row"}, records.Shape{Format: records.CSV, Delimiter: "comma"}
	item, list := records.Shape{Format: records.XML, Each: "item"}, records.Shape{Format: records.JSON, Each: "products"}
	for name, tt := range map[string]struct {
		text, want string
		shape      records.Shape
	}{
		"XML, cut off within":    {google[:len(google)-90], "products.damaged", item},
		"XML, cut off behind":    {google[:len(google)-12], "products.damaged", item},
		"JSON, cut off within":   {daisycon[:len(daisycon)-20], "products.cut_off", list},
		"JSON, cut off behind":   {daisycon[:len(daisycon)-2], "products.cut_off", list},
		"JSON that is a page":    {"<html>", "products.damaged", records.Shape{Format: records.JSON}},
		"a long element":         {"<a><row><b>" + long + "</b></row></a>", "products.record_long", xml},
		"a long comment":         {"<a><!--" + long + "--><row/></a>", "products.record_long", xml},
		"a long value":           {`[{"a":"` + long + `"}]`, "products.record_long", records.Shape{Format: records.JSON}},
		"a quote never closed":   {"a,b\n1,\"" + long, "products.record_long", comma},
		"nothing":                {"", "products.none", comma},
		"columns without end":    {strings.Repeat("a,", 600), "products.columns", comma},
		"no delimiter":           {"a", "input.invalid", records.Shape{Format: records.CSV}},
		"a format nobody writes": {"a", "input.invalid", records.Shape{Format: "yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := all(t, tt.text, tt.shape)
			if err == nil {
				t.Fatal("it was read to its end")
			}
			if got := words.OfError(err).Key; got != tt.want && tt.want != "input.invalid" {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

// What is guessed of a beginning holds although it ends within a record, and names
// come in the order of the file.
func TestNames(t *testing.T) {
	t.Parallel()
	shape, err := records.Sniff([]byte(google[:len(google)-40]))
	if err != nil {
		t.Fatal(err)
	}
	names, first, err := records.Names([]byte(google[:len(google)-40]), shape, 20)
	if want := []string{"description", "id", "image_link", "price", "title"}; err != nil || !cmp.Equal(names, want) || len(first) != 1 {
		t.Errorf("%v, %d records, %v", names, len(first), err)
	}
	for _, text := range []string{"", "  ", "<html/>", "{}", "[1,2]", "<a><b>c</b></a>"} {
		if shape, err := records.Sniff([]byte(text)); err == nil {
			t.Errorf("%q has records: %+v", text, shape)
		}
	}
}

// Whatever stands in a file: reading ends, texts are UTF-8 and bounded, and the
// same file has the same records.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{
		google, tracker, daisycon, awin, `[[[{"a":{"b":[{}]}}]]]`, "<a><a><a>", "a\tb\n\"", "<!DOCTYPE x [<!ENTITY e 'e'>]><a>&e;</a>",
	} {
		f.Add([]byte(text), "product")
	}
	f.Fuzz(func(t *testing.T, text []byte, each string) {
		guessed, err := records.Sniff(text)
		shapes := []records.Shape{
			{Format: records.CSV, Delimiter: "comma"}, {Format: records.XML, Each: each}, {Format: records.JSON, Each: each},
		}
		if err == nil {
			shapes = append(shapes, guessed)
		}
		for _, s := range shapes {
			one, err := all(t, string(text), s)
			two, again := all(t, string(text), s)
			if diff := cmp.Diff(one, two); diff != "" || (err == nil) != (again == nil) {
				t.Fatalf("read twice, it differs: %v, %v\n%s", err, again, diff)
			}
			for _, r := range one {
				if len(r) > 500 {
					t.Fatalf("a record of %d fields", len(r))
				}
				for name, text := range r {
					if !utf8.ValidString(text) || len(text) > 10_000 || strings.TrimSpace(text) == "" {
						t.Fatalf("%q: %q", name, text)
					}
				}
			}
		}
	})
}
