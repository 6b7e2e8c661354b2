from chassis.process import main
from services.records.app import SERVICE

main(SERVICE)
