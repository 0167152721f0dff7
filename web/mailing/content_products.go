package mailing

import (
	"strings"

	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
)

// placementProducts finds what feeds have for the campaign of a placement.
func (s *content) placementProducts(x *desk.Exchange) error {
	key := x.Query("for")
	c, err := s.campaignOf(x, key)
	if err != nil {
		return err
	}
	view, err := s.Gallery.Products.OfCampaign(x, &c, key)
	if err != nil {
		return err
	}
	return x.Part("mailing/content", "content-products", view)
}

// takeProducts returns what a button does with products: it takes one into a placement,
// p1:12, those that are ticked, p1, or the one that stands there out again.
func (s *content) takeProducts(x *desk.Exchange, f *desk.Form, verb, about string) (func(*mailings.Brief) error, error) {
	key, number, _ := strings.Cut(about, ":")
	c, err := s.campaignOf(x, key)
	if err != nil {
		return nil, err
	}
	if verb == "product-out" {
		return s.Gallery.TakeOut(x, &c, key)
	}
	numbers := f.Values["product:"+key]
	if verb == "product" {
		numbers = []string{number}
	}
	put, err := s.Gallery.Products.Take(x, &c, key, numbers)
	if told, is := desk.AsFault(err); is && told.Kind != fault.NotFound { // beside the products; the rest is saved
		f.Refuse("product:"+key, f.Say.Sentence(told.Message))
		return func(*mailings.Brief) error { return nil }, nil
	}
	return put, err
}
