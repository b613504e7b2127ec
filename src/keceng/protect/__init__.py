"""What may be known, kept and sent. Built so far: how personal values are masked."""

from keceng.protect.masking import mask_name, mask_names, mask_phone

__all__ = ["mask_name", "mask_names", "mask_phone"]
