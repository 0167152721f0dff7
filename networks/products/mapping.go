package products

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/typed"
	"keur/networks"
	"keur/networks/products/records"
)

// Mapping says how a feed is written, and under which names it has what we know of
// products.
type Mapping struct {
	records.Shape
	Decimal  string            `json:"decimal" enum:"point,comma"`
	Currency string            `json:"currency,omitempty"` // of prices that name none
	Names    map[string]string `json:"names"`              // of the column or element, by field
}

// Fields returns what a column or element may hold. A sale price is what a product
// costs now where one is given; price is the old one then.
func Fields() []string {
	return []string{
		"id", "name", "description", "price", "sale_price", "old_price", "currency", "picture", "link", "category", "brand", "stock",
		"availability",
	}
}

const (
	maxHeading = 200
	maxRef     = 200
	maxText    = 500
	maxPrice   = 1_000_000_000_00 // ten billion
	maxStock   = 1_000_000_000
)

// Validate returns everything that is wrong with the mapping.
func (m Mapping) Validate() error {
	var wrong fault.List
	if !slices.Contains(records.Formats(), m.Format) {
		wrong.Add("format", "products.format")
	}
	if m.Format == records.CSV && !slices.Contains(records.Delimiters(), m.Delimiter) {
		wrong.Add("delimiter", "networks.delimiter")
	}
	if !form.Line(m.Each, maxHeading) || m.Format == records.XML && m.Each == "" {
		wrong.Add("each", "products.each", "most", maxHeading)
	}
	if m.Decimal != "point" && m.Decimal != "comma" {
		wrong.Add("decimal", "networks.decimal")
	}
	if _, ok := networks.Minor("0", m.Currency); m.Currency != "" && !ok {
		wrong.Add("currency", "campaigns.currency")
	}
	for field, name := range m.Names {
		if !slices.Contains(Fields(), field) || name == "" || !form.Line(name, maxHeading) {
			wrong.Add("names", "networks.column")
		}
	}
	for _, field := range []string{"id", "name", "price", "link"} {
		if m.Names[field] == "" {
			wrong.Add("names."+field, "networks.column_missing")
		}
	}
	return wrong.Err()
}

// Value is how the mapping is stored.
func (m Mapping) Value() (driver.Value, error) {
	text, err := json.Marshal(m)
	return string(text), err
}

// Scan reads what is stored.
func (m *Mapping) Scan(v any) error {
	text, is := v.([]byte)
	if !is {
		return fmt.Errorf("a mapping of %T", v)
	}
	return json.Unmarshal(text, m)
}

// Read returns the product that a record is, or everything that is wrong with it.
func (m Mapping) Read(r records.Record) (Offer, error) {
	get := func(field string) string {
		if name := m.Names[field]; name != "" {
			return r[name]
		}
		return ""
	}
	var wrong fault.List
	o := Offer{
		Ref: form.Fit(get("id"), maxRef), Name: networks.OneLine(networks.Plain(get("name")), form.MaxName),
		Text:     networks.OneLine(networks.Plain(get("description")), maxText),
		Brand:    networks.OneLine(networks.Plain(get("brand")), form.MaxName),
		Category: networks.OneLine(networks.Plain(get("category")), maxRef),
	}
	if o.Ref == "" || len(get("id")) > maxRef {
		wrong.Add("id", "networks.ref", "most", maxRef)
	}
	if o.Name == "" {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	var ok bool
	if o.Click, ok = networks.Address(get("link")); !ok || o.Click == "" {
		wrong.Add("link", "networks.address")
	}
	if o.Picture, ok = networks.Address(get("picture")); !ok { // a product without one is one
		o.Picture = ""
	}
	m.prices(&o, get, &wrong)
	o.Stock, o.Availability = stockOf(get("stock")), availabilityOf(get("availability"))
	switch {
	case o.Stock != nil && *o.Stock == 0:
		o.Availability = OutOfStock
	case o.Stock != nil && o.Availability == Unknown:
		o.Availability = InStock
	}
	return o, wrong.Err()
}

// prices reads what a product costs, and cost.
func (m Mapping) prices(o *Offer, get func(string) string, wrong *fault.List) {
	price, currency, ok := m.amount(get("price"), get("currency"))
	sale, in, reduced := m.amount(get("sale_price"), get("currency"))
	old, was, before := m.amount(get("old_price"), get("currency"))
	if reduced && (!ok || in == currency && sale < price) {
		if ok {
			old, was, before = price, currency, true
		}
		price, currency, ok = sale, in, true
	}
	if !ok || price <= 0 || price > maxPrice {
		wrong.Add("price", "products.price")
		return
	}
	o.Price, o.Currency = price, currency
	if before && was == currency && old > price && old <= maxPrice {
		o.OldPrice = &old
	}
}

// code matches the code of a currency before or behind an amount.
var code = regexp.MustCompile(`^([A-Za-z]{3})\b|\b([A-Za-z]{3})$`)

// amount reads an amount in minor units of its currency: that which the text names,
// or the one beside it, or the mapping's.
func (m Mapping) amount(text, beside string) (minor int64, currency string, ok bool) {
	currency = cmp.Or(strings.ToUpper(strings.TrimSpace(beside)), m.Currency)
	for sign, means := range map[string]string{"€": "EUR", "£": "GBP"} {
		if strings.Contains(text, sign) {
			currency = means
		}
	}
	text = typed.Unsigned(text)
	if at := code.FindStringIndex(text); at != nil {
		currency = strings.ToUpper(text[at[0]:at[1]])
		text = typed.Unsigned(text[:at[0]] + text[at[1]:])
	}
	for _, dash := range []string{",-", ",--", ",–", ".-", ".--"} { // no cents
		text = strings.TrimSuffix(text, dash)
	}
	plain, ok := typed.Decimal(text, m.Decimal == "comma")
	if !ok {
		return 0, "", false
	}
	minor, ok = networks.Minor(plain, currency)
	return minor, currency, ok
}

// stockOf reads how many there are, nil of what is no such number.
func stockOf(text string) *int {
	n, ok := typed.Count(text, maxStock)
	if !ok {
		return nil
	}
	many := int(n)
	return &many
}

// availabilityOf reads what shops write of it, in nl, de and en. A number is how
// many there are.
func availabilityOf(text string) Availability {
	word := strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(strings.TrimSpace(text)))
	word = word[strings.LastIndexByte(word, '/')+1:] // https://schema.org/InStock
	switch word {
	case "in stock", "instock", "yes", "ja", "true", "y", "available", "limited availability", "op voorraad", "leverbaar", "voorradig",
		"auf lager", "lieferbar", "verfügbar", "vorrätig", "sofort lieferbar":
		return InStock
	case "out of stock", "outofstock", "no", "nee", "nein", "false", "n", "unavailable", "sold out", "discontinued", "preorder",
		"backorder",
		"pre order", "back order", "niet op voorraad", "uitverkocht", "niet leverbaar", "nicht auf lager", "nicht lieferbar", "ausverkauft",
		"nicht verfügbar":
		return OutOfStock
	}
	if n := stockOf(word); n != nil {
		if *n == 0 {
			return OutOfStock
		}
		return InStock
	}
	return Unknown
}
