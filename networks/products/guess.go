package products

import (
	"regexp"
	"slices"
	"strings"

	"keur/networks/products/records"
)

// called are the names that feeds of Google, Awin, Daisycon, TradeTracker and shops
// have for each field, in small letters and without what parts words; what is the
// more certain first.
var called = map[string][]string{
	"id": {"awproductid", "daisyconuniqueid", "productid", "@id", "id", "sku", "merchantproductid", "articlenumber", "artikelnummer", "ean",
		"gtin"},
	"name": {"productname", "title", "name", "producttitle", "naam", "titel", "titelnl"},
	"description": {"productshortdescription", "description", "shortdescription", "descriptionshort", "beschrijving", "omschrijving",
		"beschreibung", "summary"},
	"sale_price": {"saleprice"},
	"price": {"searchprice", "price", "price/amount", "priceamount", "pricenow", "currentprice", "displayprice", "prijs", "preis",
		"storeprice"},
	"old_price": {"productpriceold", "priceold", "oldprice", "rrpprice", "fromprice", "wasprice", "listprice", "vanprijs", "adviesprijs",
		"streichpreis", "uvp"},
	"currency": {"price@currency", "price/currency", "currency", "currencycode", "valuta", "waehrung", "währung"},
	"picture": {"merchantimageurl", "imagelink", "imageurl", "imagelarge", "largeimage", "images/image/location", "images/location",
		"images/image",
		"images", "image", "awimageurl", "picture", "afbeelding", "bild", "bildurl"},
	"link": {"awdeeplink", "deeplink", "trackingurl", "clickurl", "link", "link@href", "producturl", "url"},
	"category": {"categoryname", "merchantcategory", "category", "producttype", "categories/category", "categories", "categorypath",
		"googleproductcategory", "categorie", "kategorie"},
	"brand": {"brandname", "brand", "property[brand]/value", "field[brand]/value", "properties/brand", "field[brand]", "merk", "marke",
		"manufacturer"},
	"stock": {"stockquantity", "instockamount", "stockamount", "stock", "quantity", "property[stock]/value", "properties/stock", "voorraad",
		"bestand"},
	"availability": {"availability", "instock", "stockstatus", "available", "isinstock", "beschikbaarheid", "verfuegbarkeit",
		"verfügbarkeit"},
}

// flat writes a name in small letters, without what parts its words.
func flat(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "", ":", "", ".", "").Replace(strings.ToLower(name))
}

// cents matches an amount with decimals behind a comma.
var cents = regexp.MustCompile(`\d,\d{1,2}(\D|$)`)

// Guess returns what a feed's mapping may be, by the names and the first records
// that it has.
func Guess(s records.Shape, names []string, first []records.Record) Mapping {
	m := Mapping{Shape: s, Decimal: "point", Names: map[string]string{}}
	taken := map[string]bool{}
	for _, field := range Fields() {
		if name := nameOf(field, names, taken); name != "" {
			m.Names[field], taken[name] = name, true
		}
	}
	named := false
	for _, r := range first {
		for _, field := range []string{"price", "sale_price", "old_price"} {
			if text := r[m.Names[field]]; text != "" && cents.MatchString(text) {
				m.Decimal = "comma"
			}
		}
		_, currency, ok := m.amount(r[m.Names["price"]], r[m.Names["currency"]])
		named = named || ok && currency != ""
	}
	if !named {
		m.Currency = "EUR"
	}
	return m
}

// nameOf returns under which of the names a field may stand, "" under none: a name
// as a whole, or from any step of its path on.
func nameOf(field string, names []string, taken map[string]bool) string {
	for _, known := range called[field] {
		for _, name := range names {
			path := flat(name)
			if !taken[name] && (path == known || strings.HasSuffix(path, "/"+known)) {
				return name
			}
		}
	}
	return ""
}

// Preview is the beginning of a feed, as a mapping reads it.
type Preview struct {
	Mapping Mapping
	Names   []string // of its columns or elements, and what of the mapping isn't among them
	Rows    []Row
}

// Row is one record of it: the product, or why it is none.
type Row struct {
	Offer
	Wrong error
}

// mostRows is how many records a preview has.
const mostRows = 10

// preview reads the beginning of a feed by a mapping, or by a guessed one.
func preview(begin []byte, by *Mapping) (Preview, error) {
	shape, err := records.Sniff(begin)
	if by != nil {
		shape, err = by.Shape, nil
	}
	if err != nil {
		return Preview{}, err
	}
	names, first, err := records.Names(begin, shape, mostRows)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Names: names}
	if by != nil {
		p.Mapping = *by
		for _, field := range Fields() {
			if name := by.Names[field]; name != "" && !slices.Contains(p.Names, name) {
				p.Names = append(p.Names, name)
			}
		}
	} else {
		p.Mapping = Guess(shape, names, first)
	}
	for _, r := range first {
		offer, err := p.Mapping.Read(r)
		p.Rows = append(p.Rows, Row{offer, err})
	}
	return p, nil
}
