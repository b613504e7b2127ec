"""Reviews, their items, their minutes, and the inbox."""

from __future__ import annotations

from django.urls import path

from keceng.web.reviews import views, waiting

urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/<int:review_id>/", views.review, name="review"),
    path("reviews/<int:review_id>/items/<int:item_id>/", views.decide, name="review_item"),
    path("reviews/<int:review_id>/rest/", views.agree_rest, name="review_rest"),
    path("reviews/<int:review_id>/close/", views.close, name="review_close"),
    path("reviews/<int:review_id>/minutes.<str:ending>", views.minutes, name="review_minutes"),
    path("waiting/", waiting.waiting, name="waiting"),
]
