"""What a buyer agrees to pay: orders v2, from creation to approval, and the tracking of parcels."""
